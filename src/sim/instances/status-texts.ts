// What the machine's daemon says of a boot, worded as Docker and the service word it.
import { pullAddress, splitImage } from './images.ts';
import type { Instance } from './instance.ts';

export function pullingText({ launch }: Instance): string {
  const { repository, tag } = splitImage(launch.image);
  return `${tag}: Pulling from ${pullAddress(repository)}\n`;
}

export function pulledText({ launch }: Instance): string {
  return `Status: Downloaded newer image for ${launch.image}\n`;
}

export function upToDateText({ launch }: Instance): string {
  return `Status: Image is up to date for ${launch.image}\n`;
}

/** `success, running nvidia/cuda_11.0.3-base-ubuntu20.04/ssh`. */
export function runningText({ launch }: Instance): string {
  return `success, running ${launch.image.replaceAll(':', '_')}/${launch.runtype.split(' ')[0]}`;
}

/** How a boot fails for good. */
export const FATAL_BOOTS = ['pull-limit', 'no-manifest', 'unauthorised', 'no-space', 'port-bind'] as const;
export type FatalBoot = (typeof FATAL_BOOTS)[number];

export function fatalText(fatal: FatalBoot, { launch, id }: Instance): string {
  const { repository, tag } = splitImage(launch.image);
  switch (fatal) {
    case 'pull-limit':
      return 'Error response from daemon: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit\n';
    case 'no-manifest':
      return `Error response from daemon: manifest for ${repository}:${tag} not found: manifest unknown: manifest unknown\n`;
    case 'unauthorised':
      return `Error response from daemon: pull access denied for ${repository}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied\n`;
    case 'no-space':
      return 'failed to register layer: write /usr/local/lib/python3.11/dist-packages/torch/lib/libtorch_cuda.so: no space left on device\n';
    case 'port-bind':
      return `Error response from daemon: driver failed programming external connectivity on endpoint C.${id}: Bind for 0.0.0.0:${40_000 + (id % 20_000)} failed: port is already allocated\n`;
  }
}
