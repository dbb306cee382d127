"use strict";
/* The page itself: unpacks the data, filters, and shows what the address asks for. */
(async () => {
  const { make } = Views;
  const byId = (id) => document.getElementById(id);
  const unpack = async (text) => {
    const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  const data = await unpack(byId("data").textContent);
  const ordersOf = async (id) => {
    const packed = [...document.querySelectorAll("script.orders")].find((each) => each.dataset.settlement === id);
    return packed ? unpack(packed.textContent) : null;
  };
  const rows = new Map([...document.querySelectorAll("#settlements tbody tr")].map((row) => [row.dataset.id, row]));
  const form = byId("filters");
  const sections = ["overview", "months", "settlement", "held", "log"].map(byId);
  const closed = new Set();

  const chosen = () => {
    const { marketplace, month, status, find } = Object.fromEntries(new FormData(form));
    const wanted = find.trim().toLowerCase();
    return data.settlements.filter((each) =>
      (!marketplace || each.marketplace === marketplace) && (!month || each.month === month) &&
      (!status || each.status === status) && (!wanted || each.id.includes(wanted) || matches.has(each.id)));
  };
  /* Settlements in which the order that is looked for stands; all are unpacked once, for their ids. */
  let matches = new Set();
  let orderIds = null;
  const lookForOrder = async () => {
    const wanted = form.elements.find.value.trim();
    matches = new Set();
    if (!/^[0-9]{3}-[0-9-]{3,}$/.test(wanted)) return;
    orderIds ??= Promise.all(data.settlements.map(async (each) => [each.id, ((await ordersOf(each.id)) ?? []).map(([id]) => id).join(" ")]));
    for (const [id, orders] of await orderIds) if (orders.includes(wanted)) matches.add(id);
  };
  const fill = (name, values) => {
    for (const value of [...new Set(values)].sort()) form.elements[name].append(make("option", { value }, value || "unclear"));
  };

  const overview = () => {
    const found = chosen();
    const ids = new Set(found.map((each) => each.id));
    for (const [id, row] of rows) row.hidden = !ids.has(id);
    byId("tiles").replaceChildren(...Views.tiles(found));
    byId("shown").textContent = `${found.length} of ${data.settlements.length} settlements`;
  };
  const months = () => {
    const { parts, charts } = Views.months(chosen());
    byId("months").replaceChildren(...parts);
    charts.forEach((chart) => Charts.months(...chart));
  };
  const held = () => byId("held").replaceChildren(
    make("h2", { id: "held-title", tabindex: "-1" }, "Held"),
    ...(data.held.length ? [make("p", {}, "Each waits for a line in the maps; the next run posts it by itself."), ...Views.held(data.held)] : [make("p", {}, "Nothing is held.")]));

  const settlement = async (id, orderId) => {
    const one = data.settlements.find((each) => each.id === id);
    const box = byId("settlement");
    if (!one) {
      box.replaceChildren(make("h2", { id: "settlement-title", tabindex: "-1" }, "No such settlement"), make("p", {}, make("a", { href: "#main" }, "All settlements")));
      return;
    }
    const orders = await ordersOf(id);
    const back = make("p", {}, make("a", { href: orderId === undefined ? "#main" : `#settlement/${encodeURIComponent(id)}` }, orderId === undefined ? "All settlements" : `Settlement ${id}`));
    if (orderId !== undefined) {
      const wanted = orderId === "-" ? "" : orderId;
      const found = orders?.find(([each]) => each === wanted);
      box.replaceChildren(back, make("h2", { id: "settlement-title", tabindex: "-1" }, wanted ? `Order ${wanted}` : "Rows without an order"),
        found ? Views.order(wanted, found[1]) : make("p", {}, "Its rows are not in this page."));
      return;
    }
    const canvas = make("canvas", { role: "img", "aria-label": `Waterfall of settlement ${id} from sales to the deposit; the table below has the figures` });
    const mine = data.held.filter((each) => each.settlement === id);
    box.replaceChildren(back,
      make("h2", { id: "settlement-title", tabindex: "-1" }, `Settlement ${id} `, Views.status(one.status)),
      Views.facts([["Marketplace", one.marketplace || "unclear"], ["Period", one.period], ["Deposit date", one.depositDate], ["Deposit", `${Amounts.text(one.total)} ${one.currency}`], ["Posted", Amounts.text(one.posted)], ["Waits", Amounts.text(one.waits)], ["Unexplained", Amounts.text(one.difference)], ["Bank", one.bank], ["Style", one.style], ["Report", one.report]]),
      ...one.reasons.slice(0, 20).map((reason) => make("p", { class: "note" }, reason)), ...Views.held(mine),
      make("h3", {}, "From sales to the deposit"), make("div", { class: "chart" }, canvas), Views.steps(one),
      ...Views.documents(one), ...Views.events(one),
      make("h3", {}, "Orders"),
      orders === null ? make("p", {}, `Too many for one page; a page of its own has them: meltano invoke reconcile:page --settlement ${id}`)
        : orders.length ? Views.orders(one, orders) : make("p", {}, "The books keep no rows of it."));
    Charts.waterfall(canvas, one);
  };

  const show = async (first = false) => {
    const [view, id, orderId] = location.hash.slice(1).split("/").map(decodeURIComponent);
    const name = ["months", "held", "log", "settlement"].includes(view) ? view : "overview";
    Charts.forget();
    sections.forEach((section) => { section.hidden = section.id !== name; });
    form.hidden = name !== "overview" && name !== "months";
    byId("verdict").hidden = name !== "overview";
    document.querySelectorAll(".tabs a").forEach((link) => {
      const here = link.dataset.view === name || (name === "settlement" && link.dataset.view === "overview");
      if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    });
    if (name === "overview") overview();
    if (name === "months") months();
    if (name === "held") held();
    if (name === "log" && !closed.has("log")) { byId("log").replaceChildren(...Views.log(data.log)); closed.add("log"); }
    if (name === "settlement") await settlement(id, orderId);
    if (!first) {
      window.scrollTo(0, 0);
      byId(`${name}-title`)?.focus({ preventScroll: true });
    }
    document.body.dataset.shown = location.hash || "#main";
  };

  fill("marketplace", data.settlements.map((each) => each.marketplace));
  fill("month", data.settlements.map((each) => each.month));
  fill("status", data.settlements.map((each) => each.status));
  if (data.held.length) { byId("held-count").textContent = data.held.length; byId("held-count").hidden = false; }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", async () => { await lookForOrder(); await show(true); });
  form.addEventListener("reset", () => setTimeout(() => { matches = new Set(); show(true); }));
  addEventListener("hashchange", () => show());
  form.hidden = false;
  await show(true);
})();
