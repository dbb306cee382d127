"use strict";
/* Amounts come as exact text; sums are made in whole ten-thousandths, never in fractions. */
const Amounts = (() => {
  const SCALE = 4;
  const parse = (text) => {
    const negative = text.startsWith("-");
    const [whole, part = ""] = text.replace("-", "").split(".");
    const units = BigInt(whole + part.padEnd(SCALE, "0").slice(0, SCALE));
    return negative ? -units : units;
  };
  const show = (units) => {
    const negative = units < 0n;
    const digits = (negative ? -units : units).toString().padStart(SCALE + 1, "0");
    const whole = digits.slice(0, -SCALE).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    const part = digits.slice(-SCALE).replace(/0{1,2}$/, "");
    return `${negative ? "-" : ""}${whole}.${part}`;
  };
  const sum = (texts) => texts.reduce((total, text) => total + parse(text), 0n);
  const text = (value) => show(parse(value));
  /* For the height of a bar alone. */
  const height = (units) => Number(units) / 10 ** SCALE;
  return { parse, show, sum, text, height };
})();
