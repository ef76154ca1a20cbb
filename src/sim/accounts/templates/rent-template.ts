// A template as a request to rent reads it.
import type { FindTemplate } from '../../instances/rent-request.ts';
import { hashOf, type TemplateContent } from './template.ts';
import type { Templates } from './templates.ts';

/** By hash anybody finds any: `private` only keeps a template out of searches. By id, what the account may see. */
export function templateFinder(templates: Templates): FindTemplate {
  return (key, accountId) => {
    const template = 'hashId' in key ? templates.find(key.hashId) : templates.findById(key.id);
    const isHidden = 'id' in key && template?.content.isPrivate && !template.userIds.has(accountId);
    if (!template || isHidden) return undefined;
    const { id, content } = template;
    return {
      id,
      hashId: hashOf(content),
      name: content.name,
      image: imageOf(content),
      env: content.env,
      onstart: content.onstart,
      runtype: runtypeOf(content),
      args: content.argsStr?.trim().split(/\s+/).filter(Boolean) ?? [],
      jupyterDir: content.jupyterDir,
      isJupyterLab: content.usesJupyterLab,
      imageLogin: loginOf(content),
      diskGb: content.diskGb,
      used: (atMs) => templates.countUse(template, atMs),
    };
  };
}

/** With its tag: the one in the image's name counts more. */
function imageOf({ image, tag }: TemplateContent): string {
  const hasTag = /:[^/]+$/.test(image);
  return hasTag ? image : `${image}:${tag ?? 'latest'}`;
}

/** In the words that requests to rent use. */
function runtypeOf({ runtype, isSshDirect, isJupyterDirect }: TemplateContent): string {
  if (runtype === 'args') return 'args';
  const ssh = isSshDirect ? 'ssh_direc ssh_proxy' : 'ssh_proxy';
  if (runtype === 'ssh') return ssh;
  return `${isJupyterDirect ? 'jupyter_direc' : 'jupyter_proxy'} ${ssh}`;
}

function loginOf({ dockerLoginUser: user, dockerLoginPass: pass, dockerLoginRepo: repo }: TemplateContent) {
  return user === null || pass === null ? null : `-u ${user} -p ${pass} ${repo ?? 'docker.io'}`;
}
