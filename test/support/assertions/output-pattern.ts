/** What a block of expected output stands for: its lines in their order, with anything between them and at each `…`. */
export function outputPattern(expected: string): RegExp {
  const literal = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const lines = expected.split('\n').map((line) => line.trim())
  return new RegExp(
    lines
      .filter((line) => line !== '')
      .map((line) => line.split('…').map(literal).join('[\\s\\S]*?'))
      .join('[\\s\\S]*?'),
  )
}
