/** What the tests in three engines ask of a browser; nothing that only one of the drivers can do. */
export interface EnginePage {
  goto(url: string): Promise<void>
  back(): Promise<void>
  reload(): Promise<void>
  /** The value of an expression in the page; undefined while the page is being replaced. */
  evaluate(expression: string): Promise<unknown>
}

/** A running browser with a profile of its own, which takes the certificate of this machine. */
export interface EngineBrowser {
  newPage(): Promise<EnginePage>
  close(): Promise<void>
}

/** One of the engines that people use. */
export interface Engine {
  readonly name: 'Chromium' | 'Firefox' | 'WebKit'
  /** What is missing to run it, as the line that installs it; undefined where all is there. */
  readonly missing: () => string | undefined
  readonly launch: () => Promise<EngineBrowser>
}
