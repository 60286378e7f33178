import { Argument, Command } from 'commander'
import type { Start } from '../context.ts'
import { type CompletionNode, completionScript, type Shell, shells } from '../rules/completion.ts'

const examples = `
  bash  echo 'eval "$(backhaul completion bash)"' >> ~/.bashrc
  zsh   backhaul completion zsh > "\${fpath[1]}/_backhaul"
  fish  backhaul completion fish > ~/.config/fish/completions/backhaul.fish
`

/** `backhaul completion`. */
export function completionCommand(start: Start): Command {
  return new Command('completion')
    .description('Print the script that completes commands and options in a shell.')
    .addArgument(new Argument('<shell>').choices(shells))
    .addHelpText('after', examples)
    .action((shell: Shell, _given: object, command: Command) => {
      const { terminal } = start(command)
      terminal.stdout(completionScript(shell, nodeOf(command.parent!, null)))
    })
}

function nodeOf(command: Command, above: CompletionNode | null): CompletionNode {
  const node: CompletionNode = {
    name: command.name(),
    description: command.description().split('. ')[0]!,
    options: [
      ...command.options
        .filter(({ hidden }) => !hidden)
        .flatMap(({ long, description }) => (long ? [{ name: long, description }] : [])),
      ...(above?.options.filter(
        ({ name }) => name !== '--version' && !command.options.some(({ long }) => long === name),
      ) ?? []),
    ],
    commands: [],
  }
  return { ...node, commands: command.commands.map((below) => nodeOf(below, node)) }
}
