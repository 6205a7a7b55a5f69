import type {endianness as endiannessOfOs, networkInterfaces as networkInterfacesOfOs, UserInfo} from 'node:os'

/** The part of `node:os` that commands use, loaded on the first call: most commands need nothing of it. */
const os = () => process.getBuiltinModule('node:os')

export const homedir = (): string => (process.platform !== 'win32' && process.env['HOME']) || os().homedir()
export const hostname = (): string => os().hostname()
export const networkInterfaces = (): ReturnType<typeof networkInterfacesOfOs> => os().networkInterfaces()
export const release = (): string => os().release()
export const uptime = (): number => os().uptime()
export const userInfo = (): UserInfo<string> => os().userInfo()
export const endianness = (): ReturnType<typeof endiannessOfOs> => os().endianness()
export const devNull = process.platform === 'win32' ? String.raw`\\.\nul` : '/dev/null'
