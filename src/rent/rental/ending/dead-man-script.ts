// The first stage of the dead man's switch: a few lines of shell that run on the instance and stop it at its end, with
// the key that opens this one instance only. Nobody has to be alive for it but the instance and the service.
import { quoteWord } from '../../../net/ssh/index.ts';

/**
 * In the home of root, from where commands over SSH start. `until`: the end, epoch seconds; written anew to renew.
 * `done-at`: there when the work has ended; what it holds is not read, because the container's clock may be wrong.
 * `done-seen`: when the switch first saw it.
 */
export const SWITCH_FOLDER = '.vastdeck';

/**
 * After each start of the container nothing is stopped for so long: whoever started a machine whose end has passed
 * has time to write the new one. A reservation has to hold as much beyond the end.
 */
export const RESTART_GRACE_MS = 5 * 60_000;

/** Between two looks at the files; the end itself is waited for exactly. */
const LOOK_MS = 30_000;
/** The server is asked for its time this often, and always before a stop. */
const SYNC_MS = 30 * 60_000;
const FIRST_WAIT_SEC = 15;

export interface DeadManOptions {
  /** Epoch milliseconds; holds while there is no `until` file, and after a recycling has taken it. */
  readonly prepaidUntilMs: number;
  /** From the first sight of `done-at` to the stop. */
  readonly graceMs: number;
  /** Of the API, as the client has it: `https://console.vast.ai/api/v0`. */
  readonly baseUrl: string;
  /** Also stops when no GPU and no SSH login was used for so long; default never. What cannot be seen counts as use. */
  readonly idleMs?: number;
  /** Default 5 min; see RESTART_GRACE_MS. */
  readonly restartGraceMs?: number;
  /** Default 30 s. */
  readonly lookMs?: number;
}

/**
 * Lines for the start of `onstart`: 1.5 kB of its 4,048 characters, 1.7 kB with `idleMs`. They return at once; the switch runs on in a session of its own.
 *
 * Whose clock says that the end has come: the server's, by the Date of its answers. A stop needs the server anyway, so
 * asking it costs nothing, and it is the clock of the bill: the stop is neither early by a container's wrong clock nor
 * later than the money. Between two answers time is counted by /proc/uptime, which nobody sets; where there is
 * neither an answer nor a Date in it, nothing is stopped: the container's own clock never decides.
 */
export function deadManScript(options: DeadManOptions): string {
  const guard = guardScript(options);
  return `d=\${HOME:-/root}/${SWITCH_FOLDER};mkdir -p $d
(cd $d&&exec setsid sh -c ${quoteWord(guard)}) </dev/null >/dev/null 2>&1 &
`;
}

/**
 * What may be written here is what POSIX and the simulator's twin both read: no functions, no here-documents. Names: `n`
 * the server's time, `s` as it was told, `u` uptime, `v` uptime when it was told, `o` at the start, `x` the end, `g` when
 * the end of the work was seen, `i` since when idle, `w` the wait between two tries to stop.
 */
function guardScript(options: DeadManOptions): string {
  const { prepaidUntilMs, graceMs, idleMs, restartGraceMs = RESTART_GRACE_MS, lookMs = LOOK_MS } = options;
  const url = quoteWord(options.baseUrl.replace(/\/+$/, ''));
  return `b=${url} w=${FIRST_WAIT_SEC} p='${PYTHON_CALL}'
while :;do
read u r </proc/uptime||u=$(date +%s)
u=\${u%%.*}
: \${o:=$u}
[ "$s" ]&&[ $((u-v)) -lt ${sec(SYNC_MS)} ]||s=$( (curl -sIm60 $b||wget -qST60 --spider $b||python3 -c "$p" GET $b "" "") 2>&1|awk '${AWK_DATE}') v=$u
[ "$s" ]||{ sleep ${FIRST_WAIT_SEC};continue;}
n=$((s+u-v))
read x <until&&[ "$x" -gt 0 ]||x=${Math.floor(prepaidUntilMs / 1_000)}
if [ -e done-at ];then
[ "$g" ]||read g <done-seen||{ g=$n;echo $n >done-seen;}
e=$((g+${sec(graceMs)}))
[ $e -lt $x ]&&x=$e
else g=;rm -f done-seen;fi
${idleMs === undefined ? '' : idleLines(idleMs)}l=$((x-n)) r=$((o+${sec(restartGraceMs)}-u))
[ $r -gt $l ]&&l=$r
[ $l -gt ${sec(lookMs)} ]&&l=${sec(lookMs)}
if [ $l -gt 0 ];then sleep $l
elif [ $v != $u ];then s=
else
a=$b/instances/$CONTAINER_ID/ k="Bearer $CONTAINER_API_KEY" c=Content-Type:application/json j='{"state":"stopped"}'
curl -sm60 -XPUT -H "Authorization:$k" -H $c -d $j $a||wget -qT60 --method=PUT --header="Authorization:$k" --header=$c --body-data=$j $a||python3 -c "$p" PUT $a $j "$k"
sleep $w
w=$((w+w*(w<200)))
fi
done`;
}

/** Busy is what cannot be seen: without nvidia-smi, or with words where a number should be, nothing is idle. */
function idleLines(idleMs: number): string {
  return `if nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader|awk '${AWK_IDLE}'&& ! grep -qs '${SSH_LOGIN}' /proc/net/tcp*
then : \${i:=$u}
[ $((u-i)) -ge ${sec(idleMs)} ]&&x=0
else i=;fi
`;
}

/** One GPU at 5 % or above, or a line without a percentage, or no line at all, is use. */
const AWK_IDLE = '$1>4||$2!="%"{b=1}END{exit b||!NR}';

/** An established connection to port 22, as the kernel lists them. Logins through Vast's proxy arrive there too. */
const SSH_LOGIN = ':0016 [^ ]* 01 ';

/**
 * Epoch seconds of the first Date header. Years and days are counted from March, so that the leap day is the last, and
 * the constant holds until the year 2100, which is no leap year.
 */
const AWK_DATE =
  '/^ *[Dd]ate:/{split($6,t,":");m=index("MarAprMayJunJulAugSepOctNovDecJanFeb",$4)-1;y=$5-(m>29);print (365*y+int(y/4)+int((51*m+2)/5)+$3-719484)*86400+t[1]*3600+t[2]*60+t[3];exit}';

/** Method, address, body, authorization; tells the answer's date, also that of a refusal. */
const PYTHON_CALL = `import sys,urllib.request as q
_,m,a,j,k=sys.argv
try:r=q.urlopen(q.Request(a,j.encode()or None,{"Authorization":k,"Content-Type":"application/json"},method=m),None,60)
except Exception as e:r=e
print("Date:",r.headers["date"])`;

function sec(ms: number): number {
  return Math.ceil(ms / 1_000);
}
