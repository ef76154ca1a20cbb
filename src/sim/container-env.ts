// The variables that the service puts into every container, over the account's and the renter's own.
import type { Instance } from './instances/index.ts';

export function containerEnv(instance: Instance): Readonly<Record<string, string>> {
  const { id, launch, gpuIds, hardware } = instance;
  const variables = Object.entries(launch.env).filter(([name]) => !name.startsWith('-'));
  return {
    ...instance.accountEnv,
    ...Object.fromEntries(variables),
    CONTAINER_ID: String(id),
    CONTAINER_API_KEY: instance.apiKey.key,
    VAST_CONTAINERLABEL: `C.${id}`,
    PUBLIC_IPADDR: String(hardware.public_ipaddr),
    GPU_COUNT: String(instance.wrongGpu?.numGpus ?? gpuIds.length),
    SSH_PUBLIC_KEY: instance.sshKeys.map(({ publicKey }) => publicKey).join('\n'),
    DATA_DIRECTORY: '/workspace/',
    JUPYTER_TOKEN: instance.jupyterToken,
  };
}
