/** More rows than are seen are there, so that scrolling and the keyboard find the next ones. */
const overscan = 12

export interface RowWindow {
  first: number
  last: number
}

/** Which rows of equal height are to be there. `above`: how much of the list is above the upper edge of the screen. */
export function rowWindow(above: number, screenHeight: number, rowHeight: number, count: number): RowWindow {
  const top = Math.floor(above / rowHeight)
  const bottom = Math.ceil((above + screenHeight) / rowHeight)
  const last = Math.min(count - 1, Math.max(0, bottom) + overscan)
  return { first: Math.max(0, Math.min(top - overscan, last)), last }
}
