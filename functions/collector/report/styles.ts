import { Markup } from './html.ts';

/** One sheet for both colour schemes, without anything from outside. */
export const styles = new Markup(`
:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #14161a);
  --card: light-dark(#ffffff, #1c1f25);
  --line: light-dark(#e2e5ea, #2c313a);
  --text: light-dark(#1b1f27, #e8eaee);
  --quiet: light-dark(#5d6675, #9aa3b2);
  --succeeded: light-dark(#1f8a5b, #3fb984);
  --skipped: light-dark(#7d8aa0, #6d7a91);
  --failed: light-dark(#c63c3c, #ec6a6a);
  --partial: light-dark(#a86a00, #e0a73f);
}
* { box-sizing: border-box; }
body {
  margin: 0;
  padding: 3rem 1.25rem 4rem;
  background: var(--page);
  color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
main { max-width: 60rem; margin: 0 auto; display: grid; gap: 1.25rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; }
h1 { margin: 0; font-size: 1.6rem; font-weight: 650; letter-spacing: -.01em; }
h2 { margin: 0 0 .9rem; font-size: 1rem; font-weight: 600; }
p { margin: 0; }
code { font: .875em ui-monospace, 'SF Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); }
.state {
  padding: .15rem .75rem;
  border: 1px solid currentColor;
  border-radius: 99px;
  font-size: .875rem;
  font-weight: 600;
}
.state::before { content: '●'; margin-right: .45rem; font-size: .7em; vertical-align: .15em; }
.is-succeeded { color: var(--succeeded); }
.is-partial { color: var(--partial); }
.is-failed, .is-cancelled { color: var(--failed); }
.subtitle { flex-basis: 100%; }
.card { padding: 1.25rem 1.5rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.error { border-left: 4px solid var(--failed); }
.error code { font-weight: 600; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 1rem; }
.figure b { display: block; font-size: 1.9rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figure span { color: var(--quiet); font-size: .875rem; }
.dot::before {
  content: '';
  display: inline-block;
  width: .6rem;
  height: .6rem;
  margin-right: .4rem;
  border-radius: 2px;
  background: currentColor;
}
.dot.of-succeeded::before { background: var(--succeeded); }
.dot.of-skipped::before { background: var(--skipped); }
.dot.of-failed::before { background: var(--failed); }
.bar { display: flex; gap: 2px; height: .7rem; margin-top: 1.25rem; border-radius: 99px; overflow: hidden; background: var(--line); }
.bar i { min-width: 3px; }
.bar .of-succeeded { background: var(--succeeded); }
.bar .of-skipped { background: var(--skipped); }
.bar .of-failed { background: var(--failed); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem 1.5rem; margin: 0; }
dt { color: var(--quiet); font-size: .875rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { padding: 0 1rem .5rem 0; color: var(--quiet); font-weight: 500; text-align: left; white-space: nowrap; }
td { padding: .6rem 1rem .6rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td:first-child { max-width: 22rem; }
td .quiet { display: block; font-size: .8125rem; }
.code { color: var(--failed); white-space: nowrap; }
.note { margin-top: .9rem; color: var(--quiet); font-size: .875rem; }
@media print { body { padding: 0; background: none; } .card { break-inside: avoid; } }
`);
