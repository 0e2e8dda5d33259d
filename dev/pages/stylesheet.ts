/**
 * The look of every local page. The tokens come first: colours in both schemes, the steps of space and of
 * type, radii. Everything below uses them and names no colour or size of its own. The pages send it inline,
 * allowed by its hash.
 *
 * Classes: `wide` (on a card or grid), `card`, `grid`, `halves`, `buttons`, `button`, `primary`, `quiet`, `users`,
 * `user`, `who`, `avatar` (with `tint-0` to `tint-5`), `badges`, `badge`, `muted`, `error`, `notice`, `bad`, `good`,
 * `numbers`, `scroll`, `only-read`, `live` (takes no room while empty), `lifetime`, `log`, `parties`, `sequence`.
 */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --page: #f3f5f8; --card: #fff; --sunken: #eef1f5; --line: #d5dae1; --edge: #6b7480;
  --text: #1a1d21; --muted: #55606b;
  --primary: #0b5cad; --on-primary: #fff; --primary-soft: #e6f0fb;
  --bad: #b3241a; --bad-soft: #fdecea; --good: #146c2e; --good-soft: #e7f5ea;
  --banner: #3d2b00; --on-banner: #ffe9bd;
  --tint-0: #0b5cad; --tint-1: #7a3e9d; --tint-2: #0f6b5c; --tint-3: #9a3d12; --tint-4: #a12a5e; --tint-5: #4c5a1c;
  --shadow: 0 1px 2px rgb(20 30 45 / 6%), 0 4px 16px rgb(20 30 45 / 5%);
  --space-1: 4px; --space-2: 8px; --space-3: 12px; --space-4: 16px; --space-5: 24px; --space-6: 40px;
  --small: 13.5px; --normal: 16px; --large: 18px; --title: 26px;
  --radius: 8px; --radius-card: 14px; --target: 44px;
  --sans: system-ui, 'Segoe UI', Roboto, sans-serif;
  --mono: ui-monospace, 'Cascadia Mono', Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #171b22; --sunken: #10141a; --line: #2f3742; --edge: #808b97;
    --text: #e9ecf0; --muted: #a0aab5;
    --primary: #6cb3ff; --on-primary: #07182b; --primary-soft: #14283f;
    --bad: #ff8b7e; --bad-soft: #331714; --good: #7fcf8d; --good-soft: #12291a;
    --banner: #2a2009; --on-banner: #f4d488;
    --tint-0: #6cb3ff; --tint-1: #d3a4ee; --tint-2: #6fd0bf; --tint-3: #f3a67d; --tint-4: #f29bc0; --tint-5: #bccf7d;
    --shadow: none;
  }
}
*, ::before, ::after { box-sizing: border-box }
[hidden] { display: none !important }
body { margin: 0; background: var(--page); color: var(--text); font: var(--normal)/1.5 var(--sans); overflow-wrap: break-word }
header {
  display: flex; flex-wrap: wrap; gap: 0 var(--space-4); align-items: center; justify-content: center;
  padding: var(--space-1) var(--space-4); background: var(--banner); color: var(--on-banner); font-size: var(--small);
}
header nav { display: flex; flex-wrap: wrap; gap: 0 var(--space-4) }
header nav a { display: inline-flex; align-items: center; min-height: 32px; color: inherit }
header nav a[aria-current] { font-weight: 600; text-decoration: none }
main { display: grid; gap: var(--space-4); justify-items: center; padding: var(--space-6) var(--space-4) }
main > * { width: 100%; max-width: 464px; min-width: 0 }
main > .wide { max-width: 960px }
.card {
  padding: var(--space-5) var(--space-5) var(--space-3); background: var(--card); box-shadow: var(--shadow);
  border: 1px solid var(--line); border-radius: var(--radius-card);
}
.grid, .halves { display: grid; gap: var(--space-4); grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr)) }
.halves { grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr)) }
.grid > *, .halves > * { min-width: 0 }
h1 { margin: 0 0 var(--space-1); font-size: var(--title); line-height: 1.25; letter-spacing: -.01em; text-wrap: balance }
h2 { margin: 0 0 var(--space-2); font-size: var(--large); line-height: 1.35 }
h3 { margin: var(--space-4) 0 var(--space-1); font-size: var(--normal); overflow-wrap: anywhere }
p { margin: 0 0 var(--space-3); text-wrap: pretty }
ul { margin: 0 0 var(--space-3) }
a { color: var(--primary); text-underline-offset: 2px }
.muted, .users small { color: var(--muted) }
.error, .bad { color: var(--bad) }
.good { color: var(--good) }
.notice {
  padding: var(--space-3) var(--space-4) 0; border: 1px solid var(--line); border-left: 4px solid var(--primary);
  border-radius: var(--radius); background: var(--primary-soft); color: var(--text);
}
.notice.bad { border-left-color: var(--bad); background: var(--bad-soft) }
.notice.good { border-left-color: var(--good); background: var(--good-soft) }
.card > .notice { margin: 0 0 var(--space-3) }
button, .button, select, input:not([type=checkbox], [type=radio]) {
  min-height: var(--target); padding: var(--space-2) var(--space-4); border: 1px solid var(--edge); border-radius: var(--radius);
  background: var(--card); color: var(--text); font: inherit;
}
input:not([type=checkbox], [type=radio]), select { width: 100% }
input[type=checkbox], input[type=radio] { width: 20px; height: 20px; margin: 0 var(--space-2) 0 0; vertical-align: middle }
label { display: block; min-height: 24px; margin: 0 0 var(--space-3) }
button, .button { display: inline-flex; align-items: center; justify-content: center; cursor: pointer; text-decoration: none; text-align: center }
button:hover, .button:hover { background: var(--sunken) }
.primary, .primary:hover { background: var(--primary); border-color: var(--primary); color: var(--on-primary); font-weight: 600 }
.primary:hover { filter: brightness(1.08) }
button[aria-disabled=true] { opacity: .7; cursor: progress }
.buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); margin: var(--space-3) 0 }
.buttons form { display: contents }
.users { display: grid; gap: var(--space-2); margin: 0 0 var(--space-3); padding: 0; list-style: none }
.user { width: 100%; gap: var(--space-3); padding: var(--space-3) var(--space-4); justify-content: flex-start; border-color: var(--line); text-align: left }
.user:hover { border-color: var(--primary) }
.user .who { flex: 1; min-width: 0 }
.user .who > * { display: block }
.user .who > :first-child { font-weight: 600 }
small { font-size: var(--small) }
.avatar {
  flex: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 50%;
  background: var(--card); border: 2px solid currentcolor; font-weight: 700; font-size: var(--small);
}
.tint-0 { color: var(--tint-0) } .tint-1 { color: var(--tint-1) } .tint-2 { color: var(--tint-2) }
.tint-3 { color: var(--tint-3) } .tint-4 { color: var(--tint-4) } .tint-5 { color: var(--tint-5) }
.user .badges, .badges { display: flex; flex-wrap: wrap; gap: var(--space-1) }
.user .badges { margin-top: var(--space-1) }
.badge {
  display: inline-block; padding: 0 var(--space-2); border: 1px solid var(--line); border-radius: 11px;
  background: var(--sunken); color: var(--muted); font-size: 12.5px; line-height: 1.6;
}
table { width: 100%; margin: 0 0 var(--space-3); border-collapse: collapse; font-size: 14.5px }
th, td { padding: var(--space-2); border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--muted); font-weight: 600 }
tr:last-child > td { border-bottom: 0 }
.numbers { white-space: nowrap; font-variant-numeric: tabular-nums }
.scroll { overflow-x: auto }
code, pre { background: var(--sunken); border-radius: var(--space-1); font: 13px/1.55 var(--mono) }
code { padding: 2px var(--space-1); overflow-wrap: anywhere }
pre { margin: 0 0 var(--space-3); padding: var(--space-3); border-radius: var(--radius); white-space: pre-wrap }
pre code { padding: 0; background: none }

.lifetime { height: 10px; margin: var(--space-2) 0; border-radius: 999px; background: var(--line); overflow: hidden }
.lifetime > span { display: block; height: 100%; border-radius: inherit; background: var(--good); transform-origin: left }
.lifetime.low > span { background: var(--bad) }
svg.lifetime { width: 100% }
svg.lifetime rect { fill: var(--good) }
svg.lifetime.low rect { fill: var(--bad) }
details > summary { display: list-item; padding: 10px 0; cursor: pointer }
details > summary:first-of-type { min-height: var(--target) }
summary .badge { margin-left: var(--space-1) }
dl { display: grid; grid-template-columns: minmax(80px, auto) 1fr; gap: var(--space-1) var(--space-3); margin: 0 0 var(--space-3); font-size: 14.5px }
dt { color: var(--muted) }
dd { margin: 0; min-width: 0 }
.log { display: grid; grid-template-columns: minmax(0, 1fr); font-size: 14.5px }
.log-row > summary > * { min-width: 0; overflow-wrap: anywhere }
.log-row > summary, .log-head {
  display: grid; grid-template-columns: 5.2em minmax(6em, 1fr) 8em minmax(6em, 1.3fr) 4.5em; gap: 0 var(--space-3); align-items: baseline;
}
.log-head { padding: var(--space-2) 0; border-bottom: 1px solid var(--line); color: var(--muted); font-weight: 600 }
.log-row { border-bottom: 1px solid var(--line) }
.log-row:last-child { border-bottom: 0 }
.log-row > summary { list-style: none }
.log-row > summary::-webkit-details-marker { display: none }
.log-row > summary > :last-child, .log-head > :last-child { text-align: right }
.live:not(:has(*)) { position: absolute }
.only-read { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.parties, .sequence { display: grid; grid-template-columns: repeat(3, 1fr); margin: 0; padding: 0; text-align: center; font-size: 14.5px }
.parties { padding: var(--space-2) 0 }
.sequence {
  --lane: linear-gradient(var(--line), var(--line)) no-repeat;
  list-style: none; gap: var(--space-4) 0; padding: var(--space-3) 0 var(--space-4);
  background: var(--lane) 16.67% 0 / 1px 100%, var(--lane) 50% 0 / 1px 100%, var(--lane) 83.33% 0 / 1px 100%;
}
.sequence li { position: relative; grid-column: 1 / 3; padding: 0 var(--space-3) var(--space-4); --from: 25%; --to: 25% }
.sequence li > span { padding: 2px var(--space-2); border-radius: var(--space-1); background: var(--card); box-decoration-break: clone; -webkit-box-decoration-break: clone }
.sequence .functions-entra, .sequence .entra-functions { grid-column: 2 / 4 }
.sequence .browser-entra, .sequence .entra-browser { grid-column: 1 / 4; --from: 16.67%; --to: 16.67% }
.sequence li::before { content: ''; position: absolute; bottom: 4px; left: var(--from); right: var(--to); border-top: 2px solid var(--primary) }
.sequence li::after {
  content: ''; position: absolute; bottom: 0; right: var(--to); border: 5px solid transparent;
  border-left: 8px solid var(--primary); border-right: 0;
}
.sequence :is(.functions-browser, .entra-functions, .entra-browser)::after {
  right: auto; left: var(--from); border: 5px solid transparent; border-right: 8px solid var(--primary); border-left: 0;
}
:focus-visible { outline: 3px solid var(--primary); outline-offset: 2px }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: border-color .15s } }
@media (max-width: 600px) {
  .log-head { display: none }
  .log-row > summary { grid-template-columns: 5em minmax(0, 1fr) 3em }
  .log-row > summary > :is(:nth-child(3), :nth-child(4)) { grid-column: 2 }
  .log-row > summary > :nth-child(5) { grid-column: 3; grid-row: 1 }
}
@media (max-width: 480px) {
  :root { --title: 22px }
  main { padding: var(--space-4) var(--space-2) } .card { padding: var(--space-4) var(--space-4) var(--space-1) }
  pre { padding: var(--space-2); font-size: 11.5px } pre code { font-size: inherit }
  .user { padding: var(--space-3) } .sequence { font-size: 13px } .sequence li { padding-inline: var(--space-1) }
}
`
