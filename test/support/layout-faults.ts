import type { Page } from 'playwright-core'

/**
 * What a person would see of a page that does not fit: a window that scrolls sideways, and text that is cut
 * off or lies beside the box that should hold it.
 */
export async function layoutFaults(page: Page, width: number): Promise<string[]> {
  await page.setViewportSize({ width, height: 800 })
  return await page.evaluate<string[]>(faultsInPage)
}

/** A text: it runs in the page, whose types this program does not have. */
const faultsInPage = `(() => {
  const faults = []
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) faults.push('the page is ' + scrollWidth + ' wide')
  for (const element of document.querySelectorAll('body *')) {
    const box = element.getBoundingClientRect()
    const style = getComputedStyle(element)
    const seen = box.width > 1 && box.height > 1 && style.visibility === 'visible'
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
    )
    if (!seen || !hasText || style.display === 'inline') continue
    const what = element.tagName.toLowerCase() + ' "' + element.textContent.trim().slice(0, 30) + '"'
    if (element.scrollWidth > element.clientWidth + 1) faults.push(what + ' is wider than its box')
    if (style.overflowY !== 'visible' && element.scrollHeight > element.clientHeight + 1)
      faults.push(what + ' is cut off')
    if (box.right > clientWidth + 1 || box.left < -1) faults.push(what + ' leaves the window')
  }
  return faults
})()`
