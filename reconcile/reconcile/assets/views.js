"use strict";
/* What the page shows, as elements; every text from the books goes in as text. */
const Views = (() => {
  const FEES = ["Selling fees", "FBA fees", "Storage", "Advertising", "Services"];
  const SALES = ["Sales", "Shipping", "Gift wrap", "Other income", "Discounts"];
  const BESIDE = ["Refunds", "Reimbursements"];
  const PER_PAGE = 50;

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined));
    return element;
  };
  const figure = (text) => make("td", { class: "figure" }, text);
  const status = (word) => make("span", { class: "status", "data-status": word }, word);
  const outside = (address, text) => (address ? make("a", { href: address, target: "_blank", rel: "noreferrer" }, text) : text);

  const table = (caption, heads, rows) => {
    const head = make("tr", {}, ...heads.map(([name, isFigure]) => make("th", { scope: "col", class: isFigure ? "figure" : null }, name)));
    return make("div", { class: "scroll" }, make("table", {}, make("caption", { class: "quiet" }, caption), make("thead", {}, head), make("tbody", {}, ...rows)));
  };

  /* A long table, a page of it at a time. */
  const paged = (caption, heads, items, row, find = null) => {
    const box = make("div");
    let page = 0, wanted = "";
    const draw = () => {
      const found = wanted ? items.filter((item) => find(item).toLowerCase().includes(wanted)) : items;
      const last = Math.max(0, Math.ceil(found.length / PER_PAGE) - 1);
      page = Math.min(page, last);
      const shown = found.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
      const step = (by, name, off) => {
        const button = make("button", { type: "button", disabled: off }, name);
        button.addEventListener("click", () => { page += by; draw(); box.querySelector("button:not([disabled])")?.focus(); });
        return button;
      };
      const pager = make("div", { class: "pager" }, step(-1, "Previous", page === 0), step(1, "Next", page === last),
        make("span", { class: "quiet", "aria-live": "polite" }, found.length ? `${page * PER_PAGE + 1} to ${page * PER_PAGE + shown.length} of ${found.length}` : "none"));
      results.replaceChildren(table(caption, heads, shown.map(row)), pager);
    };
    const results = make("div");
    if (find && items.length > PER_PAGE) {
      const field = make("input", { type: "search", "aria-label": `Find in ${caption}`, placeholder: "find" });
      field.addEventListener("input", () => { wanted = field.value.trim().toLowerCase(); page = 0; draw(); });
      box.append(field);
    }
    box.append(results);
    draw();
    return box;
  };

  const tiles = (settlements) => {
    const currencies = [...new Set(settlements.map((each) => each.currency))];
    return currencies.flatMap((currency) => {
      const mine = settlements.filter((each) => each.currency === currency);
      const tile = (name, key) => make("dl", { class: "tile" }, make("dt", {}, `${name}, ${currency}`), make("dd", { "data-tile": `${key}-${currency}` }, Amounts.show(Amounts.sum(mine.map((each) => each[key])))));
      return [tile("At the bank", "expected"), tile("Posted", "posted"), tile("Waits", "waits"), tile("Unexplained", "difference")];
    });
  };

  const monthRows = (settlements) => {
    const rows = new Map();
    for (const each of settlements) {
      const row = rows.get(each.month) ?? { month: each.month, sales: 0n, fees: 0n, beside: 0n, kinds: new Map() };
      for (const group of each.groups) {
        const units = Amounts.parse(group.amount);
        if (SALES.includes(group.name)) row.sales += units;
        if (BESIDE.includes(group.name)) row.beside += units;
        if (FEES.includes(group.name)) {
          row.fees += units;
          row.kinds.set(group.name, (row.kinds.get(group.name) ?? 0n) + units);
        }
      }
      rows.set(each.month, row);
    }
    return [...rows.values()].sort((a, b) => a.month.localeCompare(b.month)).map((row) => ({
      ...row, net: row.sales + row.beside + row.fees,
      share: row.sales > 0n ? (Number((-row.fees * 1000n) / row.sales) / 10).toFixed(1) : "",
    }));
  };

  const months = (settlements) => {
    const parts = [make("h2", { id: "months-title", tabindex: "-1" }, "Months"),
      make("p", { class: "quiet" }, "By the month in which settlements closed, without tax and reserves. Net margin: sales, refunds, reimbursements and fees.")];
    const charts = [];
    for (const currency of new Set(settlements.map((each) => each.currency))) {
      const rows = monthRows(settlements.filter((each) => each.currency === currency));
      const canvas = make("canvas", { role: "img", "aria-label": `Sales, fees and net margin by month in ${currency}; the table below has the figures` });
      charts.push([canvas, rows, currency]);
      parts.push(make("h3", {}, currency), make("div", { class: "chart" }, canvas),
        table(`Sales, fees by kind and net margin by month, ${currency}`,
          [["Month"], ["Sales", true], ["Refunds and reimbursements", true], ...FEES.map((name) => [name, true]), ["All fees", true], ["Net margin", true], ["Fee share", true]],
          rows.map((row) => make("tr", {}, make("th", { scope: "row" }, row.month), figure(Amounts.show(row.sales)), figure(Amounts.show(row.beside)),
            ...FEES.map((name) => figure(Amounts.show(row.kinds.get(name) ?? 0n))), figure(Amounts.show(row.fees)), figure(Amounts.show(row.net)), figure(row.share ? `${row.share} %` : "")))));
    }
    return { parts, charts };
  };

  const steps = (settlement) => {
    const rows = [];
    let level = 0n;
    for (const group of settlement.groups) {
      level += Amounts.parse(group.amount);
      rows.push(make("tr", { class: "group" }, make("th", { scope: "row" }, group.name), figure(""), figure(Amounts.text(group.amount)), figure(Amounts.show(level)), make("td"), make("td"), make("td")));
      for (const step of group.steps) {
        const column = (place) => [...new Set(step.places.map((each) => each[place]).filter(Boolean))].join(", ");
        rows.push(make("tr", { class: "step" }, make("th", { scope: "row" }, step.label), figure(String(step.rows)), figure(Amounts.text(step.amount)), figure(""),
          make("td", {}, column(0)), make("td", {}, column(1)), make("td", { class: "id" }, column(2))));
      }
    }
    rows.push(make("tr", { class: "sum" }, make("th", { scope: "row" }, level < 0n ? "Owed to Amazon" : "Deposit"), figure(String(settlement.rows ?? "")), figure(Amounts.show(level)), figure(settlement.currency), make("td"), make("td"), make("td")));
    return table("From sales to the deposit: each class, and where it went", [["Class"], ["Rows", true], ["Amount", true], ["Left", true], ["Account"], ["Tax type"], ["Document"]], rows);
  };

  const facts = (pairs) => make("dl", { class: "facts" }, ...pairs.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value))));

  const documents = (settlement) => {
    const counts = Object.entries(settlement.counts).map(([stream, number]) => `${number} ${stream.replace("_", " ")}`).join(", ");
    return [make("h3", {}, "Documents"), make("p", {}, counts ? `Posted: ${counts}. Those of single orders are listed with the orders.` : "Nothing of it is posted."),
      paged("Documents of the whole settlement, and all that is not posted", [["Document"], ["Number"], ["Date"], ["Amount", true], ["State"], ["Why"]], settlement.documents,
        (each) => make("tr", {}, make("th", { scope: "row", class: "id" }, outside(each.link, each.id)), make("td", {}, each.number), make("td", {}, each.date), figure(Amounts.text(each.amount)), make("td", {}, status(each.state)), make("td", {}, each.why)), (each) => each.id)];
  };

  const events = (settlement) => {
    const group = settlement.eventGroup;
    return [make("h3", {}, "What Amazon's own events say"),
      group ? facts([["Event group", group.group_id], ["Its total", group.original_total], ["Paid out as", group.converted_total && `${group.converted_total} ${group.converted_currency}`], ["Transfer", group.fund_transfer_status], ["Trace id", group.trace_id], ["Bank account ending", group.account_tail]]) : make("p", {}, "No event group was read for it."),
      ...compared(settlement),
      ...(settlement.differences.length ? settlement.differences.map((each) => make("p", { class: "note" }, make("strong", {}, each.name.replaceAll("_", " ")), each.amount ? ` ${Amounts.text(each.amount)}: ` : ": ", each.details)) : [make("p", {}, "No differences.")])];
  };

  const BUCKETS = ["deferred", "timing", "rounding", "missing_in_events", "missing_in_report"];
  const compared = (settlement) => {
    if (!settlement.eventsRead) return [make("p", { class: "quiet" }, "Its transactions were not read (stream settlement_transactions), so they are not compared class by class.")];
    const shown = ["report", "events", ...BUCKETS];
    return [table("The report beside Amazon's transactions, class by class; each difference has a name", [["Class"], ...shown.map((name) => [name.replaceAll("_", " "), true])],
      settlement.events.map((each) => make("tr", {}, make("th", { scope: "row" }, each.class.replaceAll("_", " ")), ...shown.map((name) => figure(Amounts.parse(each[name]) ? Amounts.text(each[name]) : "")))))];
  };

  const held = (records) => records.map((each) => {
    const parts = each.details.split("`");
    const lines = parts.filter((_, place) => place % 2 === 1);
    return make("div", { class: "note" }, make("strong", {}, each.reason.replaceAll("_", " ")), each.amount ? ` ${Amounts.text(each.amount)} ${each.currency ?? ""}` : "",
      make("div", {}, parts.join("")), ...lines.map((line) => make("code", { class: "line" }, line)),
      make("div", { class: "quiet" }, `${each.id}, since ${each.since}`));
  });

  const orders = (settlement, rows) => paged("Orders of this settlement", [["Order"], ["Rows", true], ["Amount", true]], rows,
    ([id, lines]) => make("tr", {}, make("th", { scope: "row" }, make("a", { href: `#settlement/${encodeURIComponent(settlement.id)}/${encodeURIComponent(id || "-")}` }, id || "rows without an order")), figure(String(lines.length)), figure(Amounts.show(Amounts.sum(lines.map((line) => line[6]))))), ([id]) => id);

  const order = (id, lines) => table(`Rows of ${id || "no order"}`, [["Transaction"], ["Amount type"], ["Description"], ["Class"], ["SKU"], ["Quantity", true], ["Amount", true], ["Account"], ["Tax type"], ["Document"]],
    lines.map((line) => make("tr", {}, ...[0, 1, 2, 3, 4].map((place) => make("td", {}, line[place] ?? "")), figure(line[5] ? String(line[5]) : ""), figure(Amounts.text(line[6])), ...[7, 8].map((place) => make("td", {}, line[place] ?? "")), make("td", { class: "id" }, line[9] ?? ""))));

  const log = (data) => [make("h2", { id: "log-title", tabindex: "-1" }, "Audit log"),
    make("p", { class: "quiet" }, data.entries.length < data.total ? `The newest ${data.entries.length} of ${data.total} documents; all of them: meltano invoke target-xero:log --csv log.csv` : `All ${data.total} documents, newest change first. Times are UTC.`),
    paged("What was posted, when, by which run", [["When"], ["State"], ["Document"], ["Number"], ["Date"], ["Amount", true], ["Currency"], ["Run"], ["Words"]], data.entries,
      (each) => make("tr", {}, make("td", {}, each[0]), make("td", {}, status(each[1])), make("th", { scope: "row", class: "id" }, outside(each[10], each[3])), make("td", {}, each[4]), make("td", {}, each[5]), figure(each[6] ? Amounts.text(each[6]) : ""), make("td", {}, each[7]), make("td", { class: "id" }, each[8]), make("td", {}, each[9])), (each) => `${each[3]} ${each[4]}`)];

  return { make, tiles, months, steps, facts, documents, events, held, orders, order, log, status };
})();
