export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A command as shells complete it. */
export interface CompletionNode {
  name: string
  description: string
  options: { name: string; description: string }[]
  commands: CompletionNode[]
}

/** The script that completes the words of the commands; where none fits and no command is to follow, files are completed. */
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

/**
 * The part that bash and zsh have in common: `place` becomes the commands that were typed, `words` what may follow. (`path` would be PATH
 * in zsh.)
 */
function walk(program: CompletionNode): string {
  const all = places(program)
  const steps = all.slice(1).map(({ path }) => `'${path}'`)
  return `  for word in "\${typed[@]}"; do
    case "$place $word" in
      ${steps.join('|')}) place="$place $word" ;;
    esac
  done
  case "$place" in
${all.map(({ path, node }) => `    '${path}') words='${words(node).join(' ')}' ;;`).join('\n')}
  esac`
}

function bashScript(program: CompletionNode): string {
  return `_backhaul() {
  local word words place='' typed=("\${COMP_WORDS[@]:1:COMP_CWORD-1}")
${walk(program)}
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _backhaul backhaul
`
}

function zshScript(program: CompletionNode): string {
  return `#compdef backhaul
_backhaul() {
  local word text place='' typed=("\${(@)words[2,CURRENT-1]}")
${walk(program).replaceAll("words='", "text='")}
  compadd -- \${=text} || _files
}
# From a folder of fpath this is what the first completion runs, in a file of an own shell it is read before any.
if [[ \${funcstack[1]} == _backhaul ]]; then _backhaul "$@"; else compdef _backhaul backhaul; fi
`
}

/** `__backhaul_place` says which commands were typed: a name alone does not say where it belongs (`retry`, `deliveries retry`). */
function fishScript(program: CompletionNode): string {
  const all = places(program)
  const steps = all.slice(1).map(({ path }) => quoted(path))
  const lines = all.flatMap(({ path, node }) => {
    const when = `complete -c backhaul -n ${quoted(`test "$(__backhaul_place)" = "${path}"`)}`
    return [
      ...(node.commands.length > 0 ? [`${when} -f`] : []),
      ...node.commands.map(({ name, description }) => `${when} -a ${name} -d ${quoted(description)}`),
      ...node.options.map(({ name, description }) => `${when} -l ${name.slice(2)} -d ${quoted(description)}`),
    ]
  })
  return `function __backhaul_place
  set -l place ''
  for word in (commandline -opc)[2..]
    contains -- "$place $word" ${steps.join(' ')}; and set place "$place $word"
  end
  echo -- "$place"
end
${lines.join('\n')}
`
}

function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`
}
