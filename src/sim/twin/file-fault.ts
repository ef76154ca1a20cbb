// What the twin's file system refuses, by the kernel's own names.

const TEXTS = {
  ENOENT: 'No such file or directory',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  ENOTEMPTY: 'Directory not empty',
  ENOSPC: 'No space left on device',
  ELOOP: 'Too many levels of symbolic links',
  EINVAL: 'Invalid argument',
  EBUSY: 'Device or resource busy',
  ENAMETOOLONG: 'File name too long',
} as const;

export type FileFaultCode = keyof typeof TEXTS;

export class FileFault extends Error {
  override name = 'FileFault';
  readonly code: FileFaultCode;
  readonly path: string;

  constructor(code: FileFaultCode, path: string) {
    super(`${path}: ${TEXTS[code]}`);
    this.code = code;
    this.path = path;
  }
}
