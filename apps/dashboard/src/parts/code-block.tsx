/** Text of others as it is, whatever is in it. It scrolls within itself. */
export function CodeBlock({ text, name, tall = false }: { text: string; name: string; tall?: boolean }) {
  return (
    <section aria-label={name}>
      {/* What scrolls is reached by keyboard. */}
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
        tabIndex={0}
        dir="ltr"
        className={`overflow-auto rounded-lg bg-(--track) p-3 font-mono text-xs whitespace-pre-wrap wrap-anywhere text-(--text) ${tall ? 'max-h-[65vh]' : 'max-h-80'}`}
      >
        {text}
      </pre>
    </section>
  )
}

/** Indented, if it is JSON. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
