const made = Symbol('html')

/** Markup that is safe to send: only {@link html} makes it, so text from outside is never taken for it. */
export interface Html {
  readonly [made]: string
}

/** What may stand in a template: objects may not, so `[object Object]` does not compile. */
export type HtmlValue = Html | string | number | boolean | null | undefined | readonly HtmlValue[]

/** Escapes every value but Html and arrays of Html; `undefined`, `null` and `false` leave nothing. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const parts = strings.map((text, index) => text + render(values[index]))
  return { [made]: parts.join('') }
}

/** The markup as a string, for the end of the page. */
export function markupOf(markup: Html): string {
  return markup[made]
}

function render(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return ''
  if (typeof value !== 'object') return escape(String(value))
  return made in value ? value[made] : value.map(render).join('')
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}
