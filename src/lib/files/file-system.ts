/** Names of file systems, by the magic number of statfs(2). */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef_53, 'ext4'],
  [0x91_23_68_3e, 'btrfs'],
  [0x58_46_53_42, 'xfs'],
  [0x2f_c1_2f_c1, 'zfs'],
  [0x01_02_19_94, 'tmpfs'],
  [0x85_84_58_f6, 'ramfs'],
  [0x79_4c_76_30, 'overlayfs'],
  [0xf2_f5_20_10, 'f2fs'],
  [0x4d_44, 'vfat'],
  [0x20_11_ba_b0, 'exfat'],
  [0x53_46_54_4e, 'ntfs'],
  [0x69_69, 'nfs'],
  [0x51_7b, 'smb'],
  [0xff_53_4d_42, 'cifs'],
  [0xfe_53_4d_42, 'smb2'],
  [0x01_02_19_97, '9p'],
  [0x65_73_55_46, 'fuse'],
  [0x00_c3_64_00, 'ceph'],
  [0x53_46_41_4f, 'afs'],
  [0x01_16_19_70, 'gfs2'],
  [0x74_61_63_6f, 'ocfs2'],
])

/** File systems on which the locks of another machine may be invisible. */
const NETWORK = new Set(['9p', 'afs', 'ceph', 'cifs', 'fuse', 'gfs2', 'nfs', 'ocfs2', 'smb', 'smb2'])
const MEMORY = new Set(['ramfs', 'tmpfs'])

/**
 * Returns the name of a file system, or its number.
 * @param type `type` of `statfs`
 */
export function fileSystemName(type: number): string {
  return FILE_SYSTEMS.get(type) ?? `0x${type.toString(16)}`
}

/** Returns true if the locks of another machine may be invisible on a file system of this type. */
export function isNetwork(type: number): boolean {
  return NETWORK.has(fileSystemName(type))
}

/** Returns true if files on a file system of this type are gone after a restart of the machine. */
export function isMemory(type: number): boolean {
  return MEMORY.has(fileSystemName(type))
}
