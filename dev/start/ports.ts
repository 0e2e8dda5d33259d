import { createServer } from 'node:net'

export interface PortFinder {
  /** The wanted port, or the next that nobody uses; says so where it is another. */
  find(wanted: number, part: string): Promise<number>
}

/** Hands out ports, none twice: a part that moves away leaves those of the others alone. */
export function createPortFinder(
  wantedByAll: readonly number[],
  onMoved: (message: string) => void,
): PortFinder {
  const reserved = new Set(wantedByAll)
  return {
    find: async (wanted, part) => {
      let port = wanted
      while (!(await isFree(port))) {
        do port += 1
        while (reserved.has(port))
      }
      reserved.add(port)
      if (port !== wanted) onMoved(`Port ${wanted} is taken: ${part} uses ${port}.`)
      return port
    },
  }
}

/** Free on IPv4 and, where the machine has it, on IPv6: `localhost` may mean either. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'))
}

function canListen(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    server.listen(port, address, () => server.close(() => resolve(true)))
  })
}
