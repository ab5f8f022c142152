"""POST /v1/verify: from uploaded files to an answer, and the fields of that answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, Field

from lib.attribution.verifier import Verdict
from lib.infra.errors import UserError
from lib.models.questioned import QuestionedWorks
from lib.models.references import References, ReferenceWork
from lib.models.store import ModelSet
from lib.models.verify import NearestWork, Verification, VerifiedWork, reference_ids, verify_artist, verify_hand
from lib.reports.verification_text import sentences
from serve.latest import ModelsChanged
from serve.pictures import data_url
from serve.pipeline import Embedded, Steps, embed_files, pictures_among, rejected_among, restarted
from serve.schemas import ModelsUsed, Rejected, models_used


@dataclass(frozen=True)
class VerifyRequest:
    """A question about works. files: contents by name. Either artist or against, other files, is given."""

    files: dict[str, bytes]
    artist: str | None
    against: dict[str, bytes]
    prior: float


@dataclass(frozen=True)
class EmbeddedQuestion:
    """A request whose files are embedded; against is None where the question names an artist."""

    names: list[str]
    embedded: Embedded
    against_names: list[str]
    against: Embedded | None
    artist: str | None
    prior: float


class NearWork(BaseModel):
    """A work that resembles a questioned one."""

    work: str = Field(description="Id of a reference work, or the file of the other set.")
    artist: str | None = Field(default=None, description="Of a reference work.")
    date: str | None = Field(default=None, description="As its catalogue writes it.")
    log_likelihood_ratio: float = Field(description="Of these two works alone being by one artist, in nats.")
    columns: dict[str, str] = Field(default_factory=dict, description="The catalogue's own columns.")


class WorkAnswer(BaseModel):
    """The answer for one work alone."""

    file: str
    log_likelihood_ratio: float
    probability: float
    supporting: list[NearWork] = Field(description="Nearest works by the artist in question, or of the other set.")
    opposing: list[NearWork] = Field(
        description="Nearest reference works by others, or by anybody where two sets are compared."
    )


class LikelierArtist(BaseModel):
    """A known artist who fits better than the artist in question."""

    name: str
    log_likelihood_ratio: float


class VerifyAnswer(BaseModel):
    """The answer for all works together, what it rests on, and the answers for each work alone."""

    sentences: list[str] = Field(description="The answer in plain words, first what it is, then what it rests on.")
    artist: str | None = Field(description="null where two sets were compared.")
    log_likelihood_ratio: float = Field(
        description="Natural logarithm of how much likelier the works are if the answer is yes than if it is no."
    )
    probability: float = Field(description="Of yes, where it had the probability `prior` before the works were seen.")
    prior: float
    references: int = Field(description="Reference works by the artist, or works of the other set.")
    likelier: LikelierArtist | None = None
    verdict: Verdict = Field(description="Whether the works are by any artist whom the models know.")
    known_probability: float | None
    works: list[WorkAnswer]
    left_out: dict[str, str] = Field(description="Why a file, or a reference work that shows it, does not count.")
    thumbnails: dict[str, str] = Field(
        description="Small pictures of the nearest reference works, by id, as data URLs; {} where the models keep none."
    )
    rejected: list[Rejected]
    models: ModelsUsed


Verify = Callable[[EmbeddedQuestion], Awaitable[VerifyAnswer]]


@restarted
async def verify_set(steps: Steps, verify: Verify, request: VerifyRequest) -> VerifyAnswer:
    """Verify a set. Raises UserError where there is no picture, no such artist or nothing to compare with."""
    if bool(request.artist) == bool(request.against):
        raise UserError("name an artist or send the works of another set in fields named against, not both")
    embedded = await embed_files(steps, request.files)
    against = await embed_files(steps, request.against) if request.against else None
    if against and against.version != embedded.version:
        raise ModelsChanged("the two sets were embedded with different models")
    question = EmbeddedQuestion(
        names=pictures_among(request.files, embedded),
        embedded=embedded,
        against_names=pictures_among(request.against, against) if against else [],
        against=against,
        artist=request.artist,
        prior=request.prior,
    )
    rejected = rejected_among(request.files, embedded)
    rejected += rejected_among(request.against, against) if against else []
    answer = await verify(question)
    return answer.model_copy(update={"rejected": rejected})


def answer_question(models: ModelSet, references: References, question: EmbeddedQuestion) -> VerifyAnswer:
    """Return the answer of these models."""
    works = questioned(models, question.embedded, question.names)
    if question.artist:
        verification = verify_artist(models, references, works, artist=question.artist, prior=question.prior)
    else:
        assert question.against is not None
        against = questioned(models, question.against, question.against_names)
        verification = verify_hand(models, references, works, against=against, prior=question.prior)
    return verify_answer(verification, models, references)


def questioned(models: ModelSet, embedded: Embedded, names: list[str]) -> QuestionedWorks:
    """Return embedded pictures with these file names as works to verify."""
    return QuestionedWorks(names, models.space.positions(embedded.embeddings), embedded.hashes)


def verify_answer(verification: Verification, models: ModelSet, references: References) -> VerifyAnswer:
    """Return a verification as the service answers it."""
    known = verification.known
    ids = reference_ids(verification.works)
    return VerifyAnswer(
        sentences=sentences(verification),
        artist=verification.artist,
        log_likelihood_ratio=round(verification.log_ratio, 4),
        probability=round(verification.probability, 4),
        prior=verification.prior,
        references=verification.references,
        likelier=LikelierArtist(name=verification.likelier[0], log_likelihood_ratio=round(verification.likelier[1], 4))
        if verification.likelier
        else None,
        verdict=known.verdict,
        known_probability=None if known.probability is None else round(known.probability, 4),
        works=[work_answer(work) for work in verification.works],
        left_out=verification.left_out,
        thumbnails={name: data_url(jpeg) for name, jpeg in references.thumbnails(ids).items()},
        rejected=[],
        models=models_used(models),
    )


def work_answer(work: VerifiedWork) -> WorkAnswer:
    """Return the answer for one work alone."""
    return WorkAnswer(
        file=work.file,
        log_likelihood_ratio=round(work.log_ratio, 4),
        probability=round(work.probability, 4),
        supporting=[near_work(near) for near in work.supporting],
        opposing=[near_work(near) for near in work.opposing],
    )


def near_work(near: NearestWork) -> NearWork:
    """Return a near work as the service answers it."""
    ratio = float(np.round(near.log_ratio, 4))
    if not isinstance(near.work, ReferenceWork):
        return NearWork(work=near.work, log_likelihood_ratio=ratio)
    work = near.work
    return NearWork(
        work=work.painting_id,
        artist=work.artist,
        date=work.dated.text,
        log_likelihood_ratio=ratio,
        columns=work.columns,
    )
