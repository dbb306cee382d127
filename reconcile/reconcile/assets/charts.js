"use strict";
/* The two charts; each stands beside a table that says the same in figures. */
const Charts = (() => {
  const drawn = new Set();
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const basics = (currency) => ({
    responsive: true, maintainAspectRatio: false, animation: false,
    color: colour("ink"),
    plugins: {
      legend: { labels: { color: colour("ink"), boxWidth: 14 } },
      tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${item.raw.said ?? item.formattedValue} ${currency}` } },
    },
    scales: {
      x: { ticks: { color: colour("quiet"), maxRotation: 60 }, grid: { display: false } },
      y: { ticks: { color: colour("quiet") }, grid: { color: colour("rule") }, title: { display: true, text: currency, color: colour("quiet") } },
    },
  });
  const keep = (canvas, make) => {
    const one = { canvas, make, chart: make() };
    drawn.add(one);
    return one;
  };
  const forget = () => { drawn.forEach((one) => one.chart.destroy()); drawn.clear(); };
  const again = () => drawn.forEach((one) => { one.chart.destroy(); one.chart = one.make(); });

  const waterfall = (canvas, settlement) => keep(canvas, () => {
    let level = 0n;
    const bars = settlement.groups.map((group) => {
      const units = Amounts.parse(group.amount);
      const from = level;
      level += units;
      return { name: group.name, from, to: level, units };
    });
    bars.push({ name: "Deposit", from: 0n, to: level, units: level, last: true });
    const options = basics(settlement.currency);
    options.plugins.legend.display = false;
    return new Chart(canvas, {
      type: "bar",
      data: {
        labels: bars.map((bar) => bar.name),
        datasets: [{
          label: "Amount",
          data: bars.map((bar) => ({ x: bar.name, y: [Amounts.height(bar.from), Amounts.height(bar.to)], said: Amounts.show(bar.units) })),
          backgroundColor: bars.map((bar) => colour(bar.last ? "net" : bar.units < 0n ? "out" : "in")),
        }],
      },
      options,
    });
  });

  const months = (canvas, rows, currency) => keep(canvas, () => {
    const options = basics(currency);
    options.scales.share = { position: "right", min: 0, suggestedMax: 50, grid: { display: false }, ticks: { color: colour("quiet"), callback: (value) => `${value} %` } };
    const bar = (label, name, key) => ({ label, backgroundColor: colour(name), data: rows.map((row) => ({ x: row.month, y: Amounts.height(row[key]), said: Amounts.show(row[key]) })) });
    return new Chart(canvas, {
      type: "bar",
      data: {
        labels: rows.map((row) => row.month),
        datasets: [
          bar("Sales", "in", "sales"), bar("Fees", "out", "fees"), bar("Net margin", "net", "net"),
          { type: "line", label: "Fee share of sales", yAxisID: "share", borderColor: colour("rest"), backgroundColor: colour("rest"), data: rows.map((row) => row.share) },
        ],
      },
      options: { ...options, plugins: { ...options.plugins, tooltip: { callbacks: { label: (item) => item.dataset.yAxisID ? `${item.dataset.label}: ${item.raw} %` : `${item.dataset.label}: ${item.raw.said} ${currency}` } } } },
    });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  addEventListener("beforeprint", again);
  addEventListener("afterprint", again);
  return { waterfall, months, forget };
})();
