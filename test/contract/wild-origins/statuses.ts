import { completed, fileWith, final, lines, theFile, type WildRow } from './row.ts'

/** What a status means for a file. */
export const statuses: WildRow[] = [
  { that: 'answers plainly', does: fileWith(), becomes: completed() },
  {
    that: 'answers 404',
    does: lines('HTTP/1.1 404 Not Found', 'Content-Length: 0'),
    becomes: final('fileDoesNotExist', /404/),
  },
  {
    that: 'answers 503 twice, and then with the file',
    does: ({ index }) => (index < 2 ? lines('HTTP/1.1 503 Busy', 'Content-Length: 0') : fileWith()),
    becomes: { ...completed(), stored: theFile, attempts: 3 },
    requests: 3,
  },
  {
    that: 'always answers 500',
    does: lines('HTTP/1.1 500 Oops', 'Content-Length: 0'),
    becomes: { state: 'waiting', attempts: 3, error: 'badServerResponse' },
  },
]
