import { CodeBlock } from './code-block.tsx'

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
    <div className="my-1">
      <CodeBlock name={`Command for ${path}`} text={lines.join(' \\\n')} />
    </div>
  )
}
