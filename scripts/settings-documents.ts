/** Generates the documents about settings from the table that the programs read (config-schema.ts). */
import { type Setting, settingList } from '#core/runtime/settings.ts'

const opening = '<!-- settings -->'
const closing = '<!-- /settings -->'

/** The content of `.env.example`. All lines are comments, so that copying it changes nothing. */
export function envExample(): string {
  const head = '# Everything is optional for `npm start`. Written by `npm run generate`.\n'
  return (
    head + settingList.map((setting) => `\n${comment(setting)}\n# ${setting.name}=${setting.default ?? ''}\n`).join('')
  )
}

/** `document` with a fresh table between the markers; unchanged when it has no markers. */
export function settingsDocument(document: string): string {
  const [start, end] = [document.indexOf(opening), document.indexOf(closing)]
  if (start === -1 || end < start) return document
  return `${document.slice(0, start + opening.length)}\n${table()}\n${document.slice(end)}`
}

function comment({ description, absent, unit }: Setting): string {
  const sentence = `# ${description.replaceAll('`', '')}${unit ? ` (${unit})` : ''}.`
  return absent ? `${sentence}\n# When absent: ${absent.replaceAll('`', '')}.` : sentence
}

function table(): string {
  const rows = settingList.map(
    ({ name, description, unit, default: value, absent }) =>
      `| \`${name}\` | ${description}${unit ? ` (${unit})` : ''} | ${value ? `\`${value}\`` : (absent ?? '–')} |`,
  )
  return ['| Variable | What it is | When absent |', '|---|---|---|', ...rows].join('\n')
}
