import type { HostFailure } from '../functions-host/host-options.ts'
import type { HostResponse } from '../functions-host/response.ts'
import { html } from '../pages/html.ts'
import { page, pageHeaders } from '../pages/layout.ts'
import { redact } from './redact.ts'

const words = {
  load: {
    status: 500,
    title: 'The functions could not be loaded',
    next: 'Correct the source: the functions start again when you save it.',
  },
  gone: {
    status: 503,
    title: 'The functions have crashed too often',
    next: 'Press r in the terminal, or save a source file, to start them again.',
  },
}

/** What browsers see of the stack where the functions do not run: why, and how they come back. */
export function failurePage({ kind, reason }: HostFailure): HostResponse {
  const { status, title, next } = words[kind]
  const body = html`<section class="card wide" role="alert">
    <h1>${title}</h1>
    <p>${next}</p>
    <pre class="scroll"><code>${redact(reason)}</code></pre>
    <div class="buttons">
      <a class="button primary" href="">Try again</a><a class="button" href="/">To the start</a>
    </div>
  </section>`
  return {
    status,
    headers: Object.entries(pageHeaders()),
    body: Buffer.from(page({ title, banner: 'Local stack', body })),
  }
}
