// The page: every part in its order, and the contents.

const data = JSON.parse(document.getElementById("data").textContent);
const browser = questions(data);
const parts = [
  overview(data, browser.browse),
  costs(data),
  confidence(data),
  groups(data),
  retrieval(data, browser.browse),
  sequences(data, browser.browse),
  plans(data, browser.browse),
  browser.node,
].filter(Boolean);
const link = (part) => element("a", { href: `#${part.id}` }, part.querySelector("h2").textContent);

document.getElementById("top").append(...heading(data));
document.getElementById("contents").append(...parts.map(link));
document.getElementById("report").append(...parts);
tips(document.getElementById("tip"));
if (location.hash.startsWith("#q=")) {
  browser.reveal();
  browser.node.scrollIntoView();
}
