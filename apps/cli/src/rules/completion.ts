export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A command as shells complete it. */
export interface CompletionNode {
  name: string
  description: string
  options: { name: string; description: string }[]
  commands: CompletionNode[]
}

/** The script that completes the words of the commands; where none fits, files are completed. */
export function completionScript(shell: Shell, program: CompletionNode): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](program)
}

interface Place {
  /** The names of the commands that lead here, with a space before each. */
  path: string
  node: CompletionNode
}

function places(node: CompletionNode, path = ''): Place[] {
  return [{ path, node }, ...node.commands.flatMap((below) => places(below, `${path} ${below.name}`))]
}

function words({ commands, options }: CompletionNode): string[] {
  return [...commands.map(({ name }) => name), ...options.map(({ name }) => name), '--help']
}

/** The part that bash and zsh have in common: `path` becomes the commands that were typed, `words` what may follow. */
function walk(program: CompletionNode): string {
  const all = places(program)
  const steps = all.slice(1).map(({ path }) => `'${path}'`)
  return `  for word in "\${typed[@]}"; do
    case "$path $word" in
      ${steps.join('|')}) path="$path $word" ;;
    esac
  done
  case "$path" in
${all.map(({ path, node }) => `    '${path}') words='${words(node).join(' ')}' ;;`).join('\n')}
  esac`
}

function bashScript(program: CompletionNode): string {
  return `_backhaul() {
  local word words path='' typed=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
${walk(program)}
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _backhaul backhaul
`
}

function zshScript(program: CompletionNode): string {
  return `#compdef backhaul
_backhaul() {
  local word text path='' typed=("\${(@)words[2,CURRENT-1]}")
${walk(program).replaceAll("words='", "text='")}
  compadd -- \${=text}
  _files
}
compdef _backhaul backhaul
`
}

function fishScript(program: CompletionNode): string {
  const lines = places(program).flatMap(({ path, node }) => {
    const names = path.split(' ').filter(Boolean)
    const seen = names.map((name) => `__fish_seen_subcommand_from ${name}`)
    const below = node.commands.map(({ name }) => name).join(' ')
    const conditions = [...seen, ...(below ? [`not __fish_seen_subcommand_from ${below}`] : [])].join('; and ')
    const when = `complete -c backhaul -n '${conditions || 'true'}'`
    return [
      ...node.commands.map(({ name, description }) => `${when} -a ${name} -d ${quoted(description)}`),
      ...node.options.map(({ name, description }) => `${when} -l ${name.slice(2)} -d ${quoted(description)}`),
    ]
  })
  return `${lines.join('\n')}\n`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
