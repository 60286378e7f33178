interface Options {
  path: string
  method?: 'PUT' | 'POST'
  body?: object
  /** Where it is shown this once; otherwise nobody knows it here. */
  apiKey?: string
}

/** A command for this installation: its address is in it. */
export function Curl({ path, method, body, apiKey = '$BACKHAUL_API_KEY' }: Options) {
  const lines = [
    `curl ${method === 'PUT' ? '-X PUT ' : ''}${location.origin}${path}`,
    `  -H "Authorization: Bearer ${apiKey}"${body ? " -H 'Content-Type: application/json'" : ''}`,
    ...(body ? [`  -d '${JSON.stringify(body)}'`] : []),
  ]
  return (
    // It scrolls, and what scrolls is reached by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <pre tabIndex={0} className="my-1 overflow-x-auto rounded-lg bg-(--track) p-3 font-mono text-xs text-(--text)">
      {lines.join(' \\\n')}
    </pre>
  )
}
