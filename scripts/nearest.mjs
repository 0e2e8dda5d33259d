/** The candidate that differs least from `text`, where it differs in at most `limit` letters; else undefined. */
export function nearest(text, candidates, limit = 3) {
  const wanted = text.toLowerCase()
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= Math.min(limit, text.length / 2))
    .sort((a, b) => a.edits - b.edits)
  return best?.candidate
}

/** How many letters to add, drop, change or swap with the next one (optimal string alignment). */
function distance(from, to) {
  let before = []
  let last = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      current[column] = Math.min(
        last[column] + 1,
        current[column - 1] + 1,
        last[column - 1] + (same ? 0 : 1),
      )
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (swapped) current[column] = Math.min(current[column], before[column - 2] + 1)
    }
    before = last
    last = current
  }
  return last[to.length]
}
