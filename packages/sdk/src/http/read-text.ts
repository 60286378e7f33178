/** An error says enough in so many bytes, and more of a page that is not from the service is not shown. */
const foreignBytes = 1024 ** 2
/** More than the longest answer of the service: a batch of tasks with all that they may carry. */
const answerBytes = 64 * 1024 ** 2

/** The body, as text. What is longer than any answer of the service is cut, and the rest is not read: it may have no end. */
export async function readText({ ok, headers, body }: Response): Promise<string> {
  const isAnswer = ok && /[/+]json\b|jose|csv/.test(headers.get('content-type') ?? '')
  const reader = body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let left = isAnswer ? answerBytes : foreignBytes
  while (reader && left > 0) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value.subarray(0, left), { stream: true })
    left -= value.length
  }
  // Not waited for: what sends without an end may not hear of it.
  reader?.cancel().catch(() => {})
  // A piece of a signature or of a table looks whole.
  if (isAnswer && reader) throw new Error(`the answer is longer than ${answerBytes} bytes`)
  return text
}
