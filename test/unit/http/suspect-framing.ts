/** Bytes that a careless reader takes for another, or for an end. */
export const suspectBytes = [...'\r\n\0 \t:;="\\,019aFg-+\x0b\x0c\x1f\x7f\x80\xff']

/** What means something else in another place. */
export const suspectWords = [
  ...['\r\n', '\n\r', '\r\r\n', '\n\n', '\r\n\r\n', '\r\n ', '\r\n\t', '\n ', ' \r\n', '\t\r\n', '\0\n'],
  ...[' :', ': ', '0\r\n\r\n', '\r\n0'],
  ...['chunked', 'gzip, chunked', 'chunked, chunked', ', chunked', 'identity'],
  ...['0x5', '+5', '5, 5', '5 5', '00', 'ffffffffffffffff'],
  ...[
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/0.9',
    'HTTP/2.0',
    'http/1.1 ',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
  ],
  ...[';a', ';a=b', ';a="b"', ';', ';=', ';a=', ';a="', '; a', ' ;a', ';a =b', ';a="\\"'],
]

/** What may stand in the place of a line end. */
export const suspectLineEnds = ['\n', '\r', '\n\r', '\r\r\n', '\r\n\n', '', ' \r\n', '\r \n', '\0\r\n', '\0\n']

/** Lines that change how a body is framed, or that are none. */
export const suspectLines = [
  ...['Content-Length: 0', 'Content-Length: 5', 'Content-Length: 0005', 'Content-Length: 5 ', 'content-length : 5'],
  ...['Content-Length:', 'Content-Length', 'Content-Length: 5, 5', 'Content-Length: -1', 'Content-Length: 0\t'],
  ...['Content-Length:\t0', 'Content-Length: 18446744073709551616', 'Content-Length: 9007199254740993'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: identity', 'Transfer-Encoding: gzip', 'Transfer-Encoding:'],
  ...['Transfer-Encoding: chunked, gzip', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding : chunked'],
  ...['Transfer-Encoding: xchunked', 'Transfer-Encoding: chunked;a=b', 'Transfer-Encoding: chunked\t'],
  ...['Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked \t ', 'Trailer: a'],
  ...['Connection: close', 'Connection: keep-alive', 'Connection: upgrade', 'Proxy-Connection: close', 'Upgrade: h2c'],
  ...[' folded: a', '\tfolded: a', ': no name', 'no colon', 'X(: a', 'X A: b', 'X\xfc: a', 'X-\0: b', ''],
]
