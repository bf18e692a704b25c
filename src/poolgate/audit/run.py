"""Judges many states. Each process holds no more than one of them at a time."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from inference_pools.finding import Enforcement, Outcome, Severity, printable
from inference_pools.own_checks import STATE_READABLE
from inference_pools.policy_config import Setting
from inference_pools.recall import Judge
from inference_pools.rule import Scope
from inference_pools.runner import enabled
from inference_pools.state_file import Deployment, NotAStateError, StateError
from inference_pools.urn import Urn
from inference_pools.values import Json
from inference_pools.view import is_judged, platform_of
from poolgate.audit import heap
from poolgate.audit.ahead import read_ahead
from poolgate.audit.batches import Batch, Group, Part, Parts, batches_of, groups_of, unpacked
from poolgate.audit.closing import Aside, close
from poolgate.audit.copies import Name, Seen, here, name_of, newest_only
from poolgate.audit.course import USUAL_LIMIT, Executor, in_this_process
from poolgate.audit.expected import read_expected
from poolgate.audit.listing import Met, StateFile, list_states
from poolgate.audit.memory import Memory, Read, Reading, key_of, unit_of
from poolgate.audit.memory import terms_of as terms_of_memory
from poolgate.audit.places import InState, StateText
from poolgate.audit.processes import Processes, number_of_processes
from poolgate.audit.shards import Shard, Share, found_in, note, refuse_streams, terms_of
from poolgate.audit.stack_tags import whose_stack
from poolgate.audit.stopping import exit_code_of, signal_of, stopped_by_sigterm
from poolgate.audit.terms import rules_of
from poolgate.audit.written import DamagedError
from poolgate.backends import StoreAt, load_library, schemes
from poolgate.errors import UsageError
from poolgate.findings import Finding, Handover, Location, Origin, Partial, Shared, Subject, Tally, subject_of
from poolgate.forked import Forked, can_fork, elsewhere, has_threads, processors
from poolgate.left_out import NOTHING, LeftOut
from poolgate.owner import whose
from poolgate.report.progress import Progress, silent
from poolgate.sources.state import StateResource, not_judged, pools, read
from poolgate.together import Gathered, judge_projects, judge_stacks

_MOST_PENDING: Final = 5
_LONGEST_NAME: Final = 80
_AS_IT_MAY_BE: Final = {
    "creating": "its creation is pending, so that it may be there",
    "importing": "its import is pending",
    "updating": "an update to this is pending, so that it may be so already",
}
_IF_IT_ENDED: Final = "so it is if the pending update came to its end"
"""What follows the message of a finding on what is not in the state yet."""

_REMEDY: Final = "Write the state anew (pulumi stack export --file FILE), or leave this file out of the audit."


@stopped_by_sigterm()
def audit(
    paths: Sequence[str],
    settings: Sequence[Setting],
    *,
    today: date | None = None,
    jobs: int | None = None,
    limit: float = USUAL_LIMIT,
    keep_passes: bool = False,
    name_inputs: bool = True,
    progress: Progress = silent,
    left_out: LeftOut = NOTHING,
    expect: Path | None = None,
    shard: Shard | None = None,
    hands_over: bool = False,
    cache: Path | None = None,
    verify: bool = False,
    scheduler: str | None = None,
    own_rules: Sequence[Path] = (),
) -> Tally:
    """Judges every pool in every state under the paths.

    A state that cannot be read is a finding, and the others go on. JSON that lies in a searched folder and is
    something else is passed over, and so are stacks without a pool and all but the newest state of a stack; the tally
    names them. `stacks` counts the states that could be read. `jobs` is the number of processes; where it is not given
    it follows from the number of processors and of bytes. `limit` is what a batch may take, in seconds. With
    `keep_passes` the tally names what was judged clean. With `name_inputs` it names what was read, with its digest,
    which takes a fifth of the time. Files that are `left_out` are not read. `expect` names a list of stacks: each that
    is not met is a finding. With a `shard` only its share of the states is judged, and with `hands_over` the tally has
    what a merge needs of it. `cache` is a folder in which is remembered what was found in states that have not changed;
    with `verify` they are read all the same, and only their content counts. `scheduler` is the address of a Dask
    scheduler whose workers judge, or `local` for some that are begun here. `own_rules` are the files of rules that are
    none of poolgate's. Where somebody stops it, the tally has what was done by then. Raises UsageError for paths that
    are not there, NothingMatchedError when there is no state at all.
    """
    tally = Tally(keep_passes=keep_passes)
    expected = read_expected(expect) if expect else None
    if shard:
        refuse_streams(paths)
    met: list[Met] = []
    there: list[Met] = []
    try:
        files = _listed(paths, tally, left_out, jobs, met, there, versions=cache is not None)
    except KeyboardInterrupt as error:
        if shard:
            raise  # Which of them are its own nobody knows yet.
        unread = [*there, *(one for one in dict.fromkeys(met) if not left_out.covers(Path(one.name)))]
        _tell_partial(tally, error, unread, len(unread), all_listed=False)
        close(tally, Aside(paths), is_whole=False)
        return tally
    met.clear()
    there.clear()
    day = today or datetime.now(UTC).date()
    memory: Memory | None = None
    if cache is not None:
        named = "" if shard is None else str(shard)
        rules = rules_of(settings)
        terms = terms_of_memory(rules, day, paths, keep_passes=keep_passes, shard=named, own_rules=own_rules)
        memory = Memory(cache, terms, verify=verify)
    auditor = Auditor(settings, day, keep_passes=keep_passes, name_inputs=name_inputs, progress=progress, memory=memory)
    executor: Executor | None = None
    if scheduler is not None:
        if memory is not None:
            raise UsageError("--cache and --scheduler: what is remembered lies on this machine; leave one out")
        from poolgate.audit.cluster import Cluster, job_of

        job = job_of(Auditor, settings, own_rules, day, keep_passes=keep_passes, name_inputs=name_inputs)
        executor = Cluster(scheduler, job, jobs or processors(), limit)
    aside = Aside(paths)
    said_of = partial(auditor.said_of, tally=tally, aside=aside, jobs=jobs, limit=limit, executor=executor)
    if shard is None or not files:
        said = said_of(files)
        del files  # Of thousands they take half as much as all that is said of them.
        auditor.gather(said, tally)
        is_part = tally.partial is not None
        close(tally, aside, None if is_part else expected, is_whole=not is_part)
        return tally
    divide = partial(Share.of, files, shard)
    is_elsewhere = any(file.is_remote for file in files) and _may_fork_with_networks(jobs)
    share = elsewhere(divide, of="audit") if is_elsewhere else divide()
    auditor.gather(said_of(share.own), tally)
    unlisted = Tally()
    for judged in filter(None, map(auditor.judge_one, share.everywhere)):
        unlisted.merge(judged[0])
    handover = Handover(
        terms_of(shard, share, rules=rules_of(settings), day=day, sources=paths, left_out=left_out),
        found_in(tally, unlisted, aside) if hands_over else None,
    )
    tally.merge(unlisted)
    close(tally, aside, is_whole=False)
    tally.handover = handover
    tally.note(note(shard, share, tally.partial))
    return tally


def _in_a_process(look: Callable[[], list[Seen]]) -> list[Seen]:
    return elsewhere(look, of="audit")


def _listed(
    paths: Sequence[str],
    tally: Tally,
    left_out: LeftOut,
    jobs: int | None,
    met: list[Met],
    met_there: list[Met],
    *,
    versions: bool,
) -> list[StateFile]:
    """Every state at the paths and addresses, those behind a network first; files with their `versions` or without.

    What was met by the time that somebody stops it is in `met`, and of what lies behind a network in `met_there`.
    """

    def pass_over(kind: str, name: str, why: str) -> None:
        tally.pass_over(kind, printable(name), why)

    stores = [path for path in paths if path.partition("://")[0] in schemes() and "://" in path]
    here = list_states(
        [path for path in paths if path not in stores], pass_over, left_out, met.append, versions=versions
    )
    if not stores:
        return here
    for address in stores:
        load_library(address)
    list_all = partial(_in_stores, stores, left_out)
    met_now = met_there.append
    there, passed_over = _heard(list_all, met_now) if _may_fork_with_networks(jobs) else list_all(met_now)
    for each in passed_over:
        pass_over(*each)
    return [*there, *here]


_InStores = tuple[list[StateFile], list[tuple[str, str, str]]]
"""The states in all stores, and what is passed over there."""


def _heard(list_all: Callable[[Callable[[Met], object]], _InStores], met: Callable[[Met], object]) -> _InStores:
    """As `elsewhere`; what the other process meets is heard of meanwhile."""
    helper = Forked("audit", lambda channel: channel.send(list_all(channel.send)))
    try:
        while isinstance(came := helper.hear(), Met):
            met(came)
        found: _InStores = came
        return found
    finally:
        helper.end()


def _in_stores(addresses: Sequence[str], left_out: LeftOut, met: Callable[[Met], object]) -> _InStores:
    """What is in all stores, of which `met` is told as it is listed.

    Two servers may have a bucket of one name each: a name says nothing of whether one is the other.
    """
    from poolgate.audit.remote import states_in  # takes as long as some files to import

    passed_over: list[tuple[str, str, str]] = []

    def pass_over(kind: str, name: str, why: str) -> None:
        passed_over.append((kind, name, why))

    stores = [StoreAt.of(address) for address in addresses]
    return [file for store in stores for file in states_in(store, pass_over, left_out, met)], passed_over


def _may_fork_with_networks(jobs: int | None) -> bool:
    """Whether other processes may read what lies behind a network, so that this one opens no client of any."""
    return can_fork() and jobs != 1 and not has_threads()


def audit_one(file: StateFile, settings: Sequence[Setting], today: date | None = None) -> tuple[Tally, Gathered] | None:
    """What there is to say of one state, all of it or only that it cannot be read; None if it is no state.

    Its pools come along, for rules that compare stacks.
    """
    return Auditor(settings, today).judge_one(file)


class Said(NamedTuple):
    """What was said of states. `groups` and `batches` are those of a run that remembers what it finds."""

    groups: Sequence[Group]
    batches: Sequence[Batch]
    parts: Parts
    more: Sequence[Part]


class Auditor:
    """Judges states by the same rules on the same day."""

    def __init__(
        self,
        settings: Sequence[Setting],
        today: date | None,
        *,
        keep_passes: bool = False,
        name_inputs: bool = True,
        progress: Progress = silent,
        memory: Memory | None = None,
    ) -> None:
        self.today = today
        self._keep_passes = keep_passes
        # What is remembered is for every format.
        self._name_inputs = name_inputs or memory is not None
        self._shows_inputs = name_inputs
        self._memory = memory
        self._progress = progress
        self._settings = settings
        self._judge = Judge(settings, today)
        scopes = {setting.rule.scope for setting in enabled(settings)}
        self._looks_at_stacks = Scope.STACK in scopes
        self._compares = Scope.PROJECT in scopes
        self._shared = Shared()

    def said_of(
        self,
        files: Sequence[StateFile],
        tally: Tally,
        aside: Aside,
        jobs: int | None = None,
        limit: float = USUAL_LIMIT,
        executor: Executor | None = None,
    ) -> Said | None:
        """Judges all states of a run, wherever they lie, and gives what is said of them for `gather`.

        Without an executor it is this process that judges, or so many that are forked. The tally has what is told of
        the run. Where somebody stops it, it says so, and what is done is given; None for nothing.
        """
        aside.see(files)
        is_elsewhere = any(file.is_remote for file in files)
        if is_elsewhere and not _may_fork_with_networks(jobs):
            is_elsewhere, jobs = False, 1
        try:
            names = self._names_of(files, is_elsewhere=is_elsewhere)
            newest = newest_only(files, names, tally, aside.newest, _in_a_process if is_elsewhere else here)
        except KeyboardInterrupt as error:
            unread = [Met(file.project, file.stack, file.name) for file in files]
            _tell_partial(tally, error, unread, len(files))
            return None
        to_judge = [files[number] for number in newest]
        projects = [names[number].project for number in newest]
        groups: list[Group] = []
        if self._memory is not None:
            groups = self._memory.recall(groups_of(to_judge, projects))
            to_judge = [file for group in groups for file in group.files]
            projects = [group.project for group in groups for _ in group.files]
        batches = [*batches_of(to_judge, projects)]
        if len(batches) >= heap.WORTH_IT:
            heap.keep_small()
        number = number_of_processes(batches, jobs)
        executor = executor or (in_this_process if number == 1 else Processes(number, limit))
        parts = Parts()
        try:
            with heap.without_collections(for_good=True):  # findings, and what the rules are made of
                self._judge_batches(batches, executor, parts)
                more = self._recalled(parts.spread, executor)
        except KeyboardInterrupt as error:
            more = []
            judged = {file for number in parts.numbers for file in batches[number].files}
            left = [number for number in newest if files[number] not in judged]
            unread = [Met(names[number].project, names[number].stack, files[number].name) for number in left]
            _tell_partial(tally, error, unread, len(newest))
        if self._memory is None:
            groups, batches = [], []
        return Said(groups, batches, parts, more)

    def gather(self, said: Said | None, tally: Tally) -> None:
        """Adds what was said of all states, and of the projects that they are of."""
        if said is None:
            return
        whole = Part(tally)
        told: dict[int, Part] = {}
        for number, part in said.parts.in_turn():
            part.tally.share(self._shared)
            whole.merge(part)
            if self._memory is not None:
                told[number] = part
        for part in said.more:
            part.tally.share(self._shared)
            whole.merge(part)
        compared = self._compare_kept(whole)
        if self._memory is not None and not tally.partial:
            self._learn_spread(self._memory, said.groups, said.batches, told, said.more, compared)
        self._remember([*told.values(), *said.more], tally)

    def _judge_batches(self, batches: Sequence[Batch], executor: Executor, parts: Parts) -> None:
        """Adds what is said of each batch, by its number."""
        self._run(batches, range(len(batches)), executor, parts)
        # Place and first bytes of a state seldom tell nothing, or something else than the state. A batch that compared
        # a project alone of which another one turned out to have a state, too, is judged again.
        spread = parts.spread
        again = [number for number, batch in enumerate(batches) if batch.projects & spread]
        for number in again:
            parts.discard(number)
        self._run([batches[number].without_whole(spread) for number in again], again, executor, parts)

    def _run(self, batches: Sequence[Batch], numbers: Sequence[int], executor: Executor, parts: Parts) -> None:
        if not batches:
            return  # without a process that is forked for nothing
        done, total = 0, sum(len(batch.files) for batch in batches)
        self._progress(done, total, "judging states")
        with closing(executor(batches, self.judge, self.give_up)) as judged:
            for number, part in judged:
                parts.add(numbers[number], part)
                done += len(batches[number].files)
                self._progress(done, total, "judging states")

    def _judged(self, batches: Sequence[Batch], executor: Executor) -> list[Part]:
        parts = Parts()
        self._run(batches, range(len(batches)), executor, parts)
        return [part for _, part in parts.in_turn()]

    def _compare_kept(self, whole: Part) -> dict[str, Tally]:
        """Compares the stacks of projects that no batch had all of, and gives what there is to say of each, too."""
        partial = whole.tally.partial
        if partial and not all(stack for _, stack, _ in partial.unread):
            return {}  # Any project may have stacks that were not read, in which what is missing here may be.
        left = {project for project, _, _ in partial.unread} if partial else set()
        compared: dict[str, Tally] = {}
        for project, packed in sorted(whole.kept.items()):
            if printable(project) not in left:
                own = compared[project] = Tally(keep_passes=self._keep_passes)
                judge_projects(own, unpacked(packed), self._settings, Origin.STATE, self.today)
                whole.tally.merge(own)
        return compared

    def _learn_spread(
        self,
        memory: Memory,
        groups: Iterable[Group],
        batches: Sequence[Batch],
        parts: Mapping[int, Part],
        more: Iterable[Part],
        compared: Mapping[str, Tally],
    ) -> None:
        """Keeps what was said of each project that is spread over several batches, all of which it has to itself.

        Nothing is kept of one of which there turned out to be states elsewhere, or the other way round.
        """
        whole = {project for batch in batches for project in batch.projects}
        for group in (group for group in groups if group.project and group.project not in whole):
            named = {file.name for file in group.files}
            own = [number for number in sorted(parts) if any(file.name in named for file in batches[number].files)]
            tally = Tally(keep_passes=self._keep_passes)
            read: dict[tuple[str, str], Read] = {}
            for number in own:
                tally.merge(parts[number].tally)
                read.update(parts[number].read)
                for file in group.files:
                    parts[number].learnt.pop(key_of(Group((file,))), None)
            tally.merge(compared.get(group.project, Tally()))
            its = [read[key] for file in group.files if (key := (file.name, file.version)) in read and file.version]
            others = [*more, *(part for number, part in parts.items() if number not in own)]
            is_alone = not any(group.project in part.kept for part in others)
            has_others = any(parts[number].kept.keys() - {group.project} for number in own)
            if is_alone and not has_others and len(its) == len(group.files):
                memory.learn(key_of(group), unit_of(group, tally, its))

    def _names_of(self, files: Sequence[StateFile], *, is_elsewhere: bool) -> list[Name]:
        """As `name_of`, without reading what is remembered. What lies behind a network is read by another process where
        it `is_elsewhere`.
        """
        names = [self._known_name(file) for file in files]
        unknown = [number for number, name in enumerate(names) if name is None]
        tell = partial(_named, [files[number] for number in unknown])
        looks_there = is_elsewhere and any(files[number].is_remote for number in unknown)
        told = dict(zip(unknown, elsewhere(tell, of="audit") if looks_there else tell(), strict=True))
        if self._memory is not None:
            for number, name in told.items():
                self._memory.named(files[number], name)
        return [told[number] if name is None else name for number, name in enumerate(names)]

    def _known_name(self, file: StateFile) -> Name | None:
        """What is told without reading anything; None for what is to be read."""
        if file.project and file.stack:
            return name_of(file)
        return None if self._memory is None else self._memory.name_of(file)

    def _recalled(self, spread: Collection[str], executor: Executor) -> list[Part]:
        """What is remembered; projects of which there turned out to be more are judged with the rest of them."""
        if self._memory is None:
            return []
        more = self._judged(_apart(self._memory.take_back(spread)), executor)
        part = Part(Tally(keep_passes=self._keep_passes))
        try:
            part.proved = self._memory.pour(part.tally)
        except DamagedError:
            return [*more, *self._judged(_apart(self._memory.take_all()), executor)]
        return [*more, part]

    def _remember(self, parts: Iterable[Part], tally: Tally) -> None:
        """Keeps what was judged for the next audit, and says of how many states it was known. Of a run that was stopped
        nothing is kept: it did not come to all that is remembered.
        """
        memory = self._memory
        if memory is None:
            return
        proved = 0
        for part in parts:
            proved += part.proved
            for key, unit in part.learnt.items():
                memory.learn(key, unit)
        if not tally.partial:
            memory.save()
        if memory.note:
            tally.note(memory.note)
        if not self._shows_inputs:
            tally.inputs.clear()
        tally.of_run["remembered"] = proved

    def give_up(self, file: StateFile, why: str) -> Part:
        """What there is to say of a state that nobody comes to the end of."""
        part = Part(Tally(keep_passes=self._keep_passes))
        part.tally.add_finding(_unreadable(file, StateError(file.name, f"cannot be judged: {why}"), None))
        return part

    def judge(self, batch: Batch) -> Part:
        """What there is to say of a batch; it keeps nothing, and says the same when it is asked again."""
        part = Part(Tally(keep_passes=self._keep_passes))
        with closing(read_ahead(batch.files)) as files:
            for group in batch.groups:
                own = list(islice(files, len(group.files))) if self._memory else islice(files, len(group.files))
                if self._memory is None:
                    self._judge_group(group, own, part)
                else:
                    self._judge_or_prove(group, [Reading(file) for file in own], part, self._memory)
        # What is kept of stacks leads in circles. What is left of older batches is not gone through again.
        gc.collect(1)
        return part

    def _judge_or_prove(self, group: Group, readings: Sequence[Reading], part: Part, memory: Memory) -> None:
        """Adds what there is to say of a group, which is what is remembered where its content is the same."""
        own = Part(Tally(keep_passes=self._keep_passes))
        if memory.proved(group, readings, own.tally):
            part.proved += len(group.files)
        else:
            self._judge_group(group, (reading.file for reading in readings), own)
        part.tally.merge(own.tally)
        for project, packed in own.kept.items():
            part.kept.setdefault(project, []).extend(packed)
        read = [reading.read for reading in readings]
        part.learnt[key_of(group)] = None if own.kept else unit_of(group, own.tally, read)
        if not group.project:
            part.read.update(((file.name, file.version), one) for file, one in zip(group.files, read, strict=True))

    def _judge_group(self, group: Group, files: Iterable[StateFile], part: Part) -> None:
        gathered = Gathered()
        for file in files:
            judged = self.judge_one(file)
            if judged is None:
                part.tally.pass_over("file", printable(file.name), "holds no state")
                continue
            part.tally.merge(judged[0])
            if self._compares:
                gathered.merge(judged[1])
        whole = {group.project} - {""}
        judge_projects(part.tally, gathered.only(whole), self._settings, Origin.STATE, self.today)
        part.keep(gathered.without(whole))

    def judge_one(self, file: StateFile) -> tuple[Tally, Gathered] | None:
        """As `audit_one`."""
        tally, gathered = Tally(keep_passes=self._keep_passes), Gathered()
        deployment: Deployment | None = None
        if file.locked:
            tally.is_under_way(f"{file.project}/{file.stack}", "locked")
            tally.note(_locked(file))
        try:
            data = file.read()
            written = StateText(file.name, data)
            if self._name_inputs:
                import hashlib  # takes as long as four states do, where no digest is wanted

                tally.inputs.append((printable(file.name), hashlib.sha256(data).hexdigest()))
            deployment = read(data, file.name)
            kept = list(pools(deployment))
        except StateError as error:
            if isinstance(error, NotAStateError) and not file.expected:
                return None
            tally.add_finding(_unreadable(file, error, deployment))
            self._ask_whose(file, deployment, tally)
            return tally, gathered
        tally.lives_in(printable(deployment.project), printable(deployment.stack), printable(file.name))
        self._ask_whose(file, deployment, tally)
        found = [pool for pool in kept if is_judged(pool.resource.type, pool.resource.properties)]
        tally.ask_resources(_stack_in(deployment), (whose(pool.resource) for pool in found))
        settled = [pool for pool in found if not pool.pending]
        begun = {pool.resource.urn: pool.resource.type for pool in found}
        for pool in settled:
            begun.pop(pool.resource.urn, None)
        tally.stacks = 1
        tally.judged.add(f"{deployment.project}/{deployment.stack}")
        tally.resources = deployment.live_resources + len(begun)
        tally.met(map(platform_of, (*(pool.resource.type for pool in settled), *begun.values())))
        for urn, kind in not_judged(deployment):
            tally.leave_unjudged(printable(urn), kind)
        if not found:
            is_empty = not deployment.resources and not deployment.pending
            tally.pass_over(
                "stack",
                _stack_in(deployment) if deployment.stack else printable(file.name),
                "has no resources: it was never deployed, or is destroyed"
                if is_empty
                else "has nothing that rules judge",
            )
        self._judge_pools(settled, tally, written)
        if self._looks_at_stacks or self._compares or deployment.pending:
            for pool in (pool for pool in kept if not pool.pending):
                gathered.add(pool.resource, InState(pool, written))
        if self._looks_at_stacks:
            judge_stacks(tally, gathered, self._settings, Origin.STATE, self.today)
        if deployment.pending:
            tally.is_under_way(f"{deployment.project}/{deployment.stack}", "pending")
            tally.note(_interrupted(deployment))
            self._judge_pending([pool for pool in found if pool.pending], tally, gathered, written)
        written.forget()
        return tally, gathered

    def _ask_whose(self, file: StateFile, deployment: Deployment | None, tally: Tally) -> None:
        """Keeps whose a stack is by its own tags, also where its state was not read. Those that cannot be read cost no
        judgement.
        """
        stack = _stack_in(deployment) if deployment and deployment.stack else printable(f"{file.project}/{file.stack}")
        try:
            whose_it_is = whose_stack(file)
        except StateError as error:
            tally.note(printable(f"{stack}: {error.message}; whose it is they do not tell"))
            return
        if any(whose_it_is):
            tally.whose[stack] = whose_it_is

    def _judge_pools(self, found: Iterable[StateResource], tally: Tally, written: StateText) -> None:
        clean = not_applicable = 0
        for pool in found:
            judged = self._judge.judge(pool.resource)
            clean += len(judged.clean)
            not_applicable += judged.not_applicable
            if judged.reported or self._keep_passes:
                subject = _subject(pool)
                tally.add(judged.reported, subject, Origin.STATE, locate=InState(pool, written))
                tally.passed(subject, judged.clean)
        tally.count(Outcome.CLEAN, clean)
        tally.count(Outcome.NOT_APPLICABLE, not_applicable)

    def _judge_pending(
        self, pending: Sequence[StateResource], tally: Tally, gathered: Gathered, written: StateText
    ) -> None:
        """Adds what is wrong with pools as they may be, where not the same is wrong with them as they are.

        `gathered` has the pools of the stack as they are.
        """
        as_they_may_be = Tally(keep_passes=self._keep_passes)
        changed = Gathered(dict(gathered.pools), dict(gathered.locators))
        for pool in pending:
            changed.add(pool.resource, InState(pool, written))
        new = [pool for pool in pending if pool.resource.urn not in gathered.pools]
        self._judge_pools(new, as_they_may_be, written)
        tally.passes += as_they_may_be.passes
        for outcome in (Outcome.CLEAN, Outcome.NOT_APPLICABLE):
            tally.count(outcome, as_they_may_be.outcomes[outcome])
        there = [pool for pool in pending if pool.resource.urn in gathered.pools]
        self._judge_pools(there, as_they_may_be, written)
        if self._looks_at_stacks:
            judge_stacks(as_they_may_be, changed, self._settings, Origin.STATE, self.today)
        said = {(finding.identity, finding.message) for finding in tally.findings}
        kinds = {_subject(pool).urn: pool.pending for pool in pending}
        for finding in as_they_may_be.findings:
            if (finding.identity, finding.message) not in said:
                why = _AS_IT_MAY_BE.get(kinds.get(finding.subject.urn, ""), _IF_IT_ENDED)
                tally.add_finding(finding._replace(message=f"{finding.message}; {why}"))


def _named(files: Sequence[StateFile]) -> list[Name]:
    return [name_of(file) for file in files]


def _apart(groups: Iterable[Group]) -> list[Batch]:
    """Batches of states, of whose projects there are others."""
    files = [file for group in groups for file in group.files]
    return [*batches_of(files, [""] * len(files))]


def _tell_partial(
    tally: Tally, error: KeyboardInterrupt, unread: Sequence[Met], states: int, *, all_listed: bool = True
) -> None:
    """Marks a run that somebody stopped."""
    left = tuple((printable(one.project), printable(one.stack), printable(one.name)) for one in unread)
    tally.partial = Partial(signal_of(error).name, states - len(unread), states, left, all_listed)
    tally.incomplete = exit_code_of(error)


def _stack_in(deployment: Deployment) -> str:
    return printable(f"{deployment.project}/{deployment.stack}")


def _locked(file: StateFile) -> str:
    """The sentence about a stack that an update has locked. Who that was the lock tells, and no report."""
    name = "/".join(filter(None, (file.project, file.stack)))
    return printable(
        f"{name}: is locked since {file.locked}: an update is under way or was broken off; it is judged as it was "
        "when it was read; `pulumi cancel` removes the lock of an update that is no longer there"
    )


def _interrupted(deployment: Deployment) -> str:
    """The sentence about a stack in which operations are pending."""
    told = [f"{operation.kind} {_name_in(operation.resource)}" for operation in deployment.pending[:_MOST_PENDING]]
    more = len(deployment.pending) - len(told)
    listed = printable(", ".join(told)) + (f" and {more} more" if more else "")
    return (
        f"{_stack_in(deployment)}: an update is under way or was broken off (pending: {listed}); pools are judged as "
        "they were and as they may be; `pulumi refresh` settles what is there"
    )


def _name_in(resource: Mapping[str, Json]) -> str:
    """Type and name of a resource, short enough for a sentence of several."""
    name = f"{resource['type'].rpartition(':')[2]} {Urn.parse(resource['urn']).name}"
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _subject(pool: StateResource) -> Subject:
    """Names are data: one with control characters must not forge a line of a report."""
    resource = pool.resource
    return subject_of(printable(resource.urn), resource.type, printable(resource.name), *whose(resource))


def _unreadable(file: StateFile, error: StateError, deployment: Deployment | None) -> Finding:
    """The finding that stands for a whole state; its stack is as the state says, else as the backend's folders do."""
    name = printable(file.name)
    stack = (deployment and deployment.stack) or file.stack
    project = (deployment and deployment.project) or file.project
    return Finding(
        rule=STATE_READABLE,
        severity=Severity.HIGH,
        enforcement=Enforcement.MANDATORY,
        outcome=Outcome.UNREADABLE,
        message=printable(f"{error.message} (in {file.name})"),
        remedy=_REMEDY,
        subject=Subject(urn="", type="", name=name, project=printable(project), stack=printable(stack)),
        keys=error.keys,
        origin=Origin.STATE,
        location=None if error.line is None else Location(name, error.line, error.column),
    )
