/** Colours and places of the page. Text has a contrast of at least 4.5 on its ground, light and dark. */
export const pageStyle = `
:root{--ground:#fff;--text:#1b1f24;--soft:#5a636e;--line:#d5dae0;--bar:#2f6fb3;--bad:#b3261e;--odd:#8a5a00;--tile:#f4f6f8}
@media(prefers-color-scheme:dark){:root{--ground:#14171a;--text:#e6e9ec;--soft:#a2abb5;--line:#363d45;--bar:#6ea8e0;--bad:#ff8a80;--odd:#e8b45a;--tile:#1e2328}}
body{margin:0;background:var(--ground);color:var(--text);font:15px/1.45 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:24px}
h1{font-size:22px;margin:0 0 16px}h2{font-size:17px;margin:28px 0 10px}
small,dt,figcaption,thead th{color:var(--soft)}a{color:var(--bar)}
.numbers{display:flex;flex-wrap:wrap;gap:12px}.numbers div{background:var(--tile);border-radius:8px;padding:10px 16px;color:var(--soft)}
.numbers b{display:block;font-size:24px;color:var(--text)}.numbers .bad b{color:var(--bad)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 14px;margin:16px 0}dd{margin:0;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:16px}figure{margin:0}
svg{width:100%;height:auto}svg rect{fill:var(--bar)}svg line{stroke:var(--line)}svg text{fill:var(--soft);font-size:11px}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px}
.gallery img{width:100%;display:block;border-radius:4px}.gallery figcaption{font-size:12px;overflow-wrap:anywhere}.gallery b{color:var(--text)}
table{border-collapse:collapse;width:100%}th,td{padding:4px 10px 4px 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);font-weight:400;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap}tr.bad th,tr.bad td:last-child{color:var(--bad)}tr.odd td:last-child{color:var(--odd)}
`;
