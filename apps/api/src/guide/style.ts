/** The style of all pages: the fonts of the reader's system, light or dark as the system is, one column on a phone. */
export const style = `
:root { color-scheme: light dark; --text: #1f2328; --quiet: #59636e; --page: #fff; --box: #f6f8fa; --line: #d1d9e0; --link: #0969da }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --quiet: #9198a1; --page: #0d1117; --box: #151b23; --line: #3d444d; --link: #4493f8 }
}
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
body { margin: 0; padding: 0 1rem 3rem; background: var(--page); color: var(--text); font: 1rem/1.6 system-ui, sans-serif }
a { color: var(--link); text-decoration: none }
a:hover, main p a, main li a, main td a { text-decoration: underline; text-underline-offset: .15em }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 1rem 0; border-bottom: 1px solid var(--line) }
main { max-width: 50rem; overflow-wrap: break-word }
h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 .75rem }
h1 { font-size: 1.9rem } h2 { font-size: 1.4rem } h3 { font-size: 1.1rem }
.anchor { color: var(--quiet); opacity: 0; font-weight: 400 }
:is(h1, h2, h3, h4):hover .anchor, .anchor:focus { opacity: 1 }
code { font: .875em ui-monospace, "SF Mono", Menlo, Consolas, monospace; background: var(--box); border-radius: 4px; padding: .15em .3em }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; line-height: 1.45 }
pre code { background: none; padding: 0 }
.table { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; min-width: 60% }
th, td { border: 1px solid var(--line); padding: .4rem .7rem; text-align: left; vertical-align: top }
th { background: var(--box) }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--line); color: var(--quiet) }
figure { margin: 1.25rem 0 }
img { max-width: 100%; height: auto }
footer { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line) }
nav { margin-top: 2rem; font-size: .95rem }
nav h2 { font-size: .95rem; margin: 1.25rem 0 .4rem; color: var(--quiet) }
nav ul { list-style: none; margin: 0; padding: 0 }
nav li { padding: .2rem 0 }
nav [aria-current] { color: var(--text); font-weight: 600 }
@media (min-width: 64rem) {
  body { display: grid; grid-template-columns: 15rem minmax(0, 50rem); gap: 0 3rem; justify-content: center }
  header { grid-column: 1 / -1 }
  header a[href="#contents"] { display: none }
  nav { grid-column: 1; grid-row: 2; align-self: start; position: sticky; top: 0; max-height: 100vh; overflow-y: auto }
  main { grid-column: 2; grid-row: 2 }
}
@media print { header, nav, footer, .anchor { display: none } }
`
