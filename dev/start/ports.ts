import { createServer } from 'node:net'

/** The ports that the local stack takes where they are free. */
export const wantedPorts = {
  functions: 7071,
  entra: 7072,
  demoApi: 7073,
  keyVault: 7074,
  tables: 10_002,
}

export interface PortFinder {
  /** The wanted port, or the next that nobody uses; says so where it is another. */
  find(wanted: number, part: string): Promise<number>
  /** This port and no other. Rejects where it is taken. */
  take(port: number): Promise<number>
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
      if (port !== wanted) onMoved(`Port ${wanted} is taken: ${port} for ${part}.`)
      return port
    },
    take: async (port) => {
      if (!(await isFree(port))) throw new Error(`port ${port} is taken`)
      reserved.add(port)
      return port
    },
  }
}

/** Free on IPv4 and, where the machine has it, on IPv6: `localhost` may mean either. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '::1'))
}

/** The machine lacks the address. Any other fault, such as Windows's reserved ports, is in the way. */
export function isAbsent({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
}

function canListen(port: number, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(isAbsent(error)))
    server.listen(port, address, () => server.close(() => resolve(true)))
  })
}
