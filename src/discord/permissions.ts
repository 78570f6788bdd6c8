/** Whether a set of permissions, decimal as Discord sends it, has this one (of `PermissionFlagsBits`). */
export function may(permissions: string, permission: bigint): boolean {
  return (BigInt(permissions) & permission) !== 0n;
}
