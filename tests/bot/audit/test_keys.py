"""One key a machine, made once, kept to itself; public keys in the form people pass on."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.audit.keys import FILE, SigningKey, find_key, own_key, public_key
from bot.core.errors import Misconfigured
from bot.settings import Environment

NOTHING = Environment({})


def pem(key: Ed25519PrivateKey | None = None) -> str:
    made = key or Ed25519PrivateKey.generate()
    kept = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, kept, serialization.NoEncryption()).decode()


def test_the_first_run_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    assert find_key(NOTHING, data) is None
    made = own_key(NOTHING, data)
    assert stat.S_IMODE((data / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert own_key(NOTHING, data).public == made.public
    assert [path.name for path in data.iterdir()] == [FILE], "no draft is left"


def test_processes_that_race_for_the_first_run_end_with_one_key(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from bot.audit.keys import own_key; "
        "from bot.settings import Environment; sys.stdin.read(1); "
        "print(own_key(Environment({}), Path(sys.argv[1])).public.text)"
    )
    racers = [
        subprocess.Popen(  # noqa: S603  # our own interpreter, code from above
            [sys.executable, "-c", code, str(tmp_path / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("x")
        racer.stdin.close()
    said = {racer.stdout.read().strip() for racer in racers if racer.stdout}
    assert all(racer.wait() == 0 for racer in racers)
    for racer in racers:
        assert racer.stdout
        racer.stdout.close()
    assert said == {own_key(NOTHING, tmp_path / "data").public.text}


def test_a_key_may_come_from_the_environment_or_a_file_named_there(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    public = SigningKey(key).public
    path = tmp_path / "seal.pem"
    path.write_text(pem(key), encoding="ascii")
    for variables in (
        {"COUNTERSIGN_AUDIT_KEY": pem(key)},
        {"COUNTERSIGN_AUDIT_KEY": pem(key).replace("\n", "\\n")},
        {"COUNTERSIGN_AUDIT_KEY_FILE": str(path)},
    ):
        assert own_key(Environment(variables), tmp_path / "data").public == public
    assert not (tmp_path / "data").exists(), "nothing was made beside it"


def test_a_key_that_is_none_is_refused_without_being_shown(tmp_path: Path) -> None:
    other = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for wrong in ("secret words", other.decode(), pem()[:80]):
        with pytest.raises(Misconfigured, match="openssl genpkey") as refused:
            own_key(Environment({"COUNTERSIGN_AUDIT_KEY": wrong}), tmp_path)
        assert wrong[30:60] not in str(refused.value) or len(wrong) < 30


def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path) -> None:
    own_key(NOTHING, tmp_path)
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        find_key(NOTHING, tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written_is_told_by_name(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Misconfigured, match="COUNTERSIGN_DATA"):
        own_key(NOTHING, tmp_path / "data")


def test_a_data_directory_that_is_a_file_is_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("", encoding="ascii")
    with pytest.raises(Misconfigured, match="data"):
        own_key(NOTHING, tmp_path / "data")


def test_a_public_key_is_read_in_each_form_it_is_passed_on_in(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    public = SigningKey(key).public
    as_pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "key.pem").write_bytes(as_pem)
    (tmp_path / "key.txt").write_text(public.text + "\n", encoding="ascii")
    for form in (
        public.text,
        f" {public.text}\n",
        as_pem.decode(),
        str(tmp_path / "key.pem"),
        str(tmp_path / "key.txt"),
    ):
        assert public_key(form) == public
    assert public.fingerprint.startswith("SHA256:")
    assert len(public.id) == 16


@pytest.mark.parametrize(
    "wrong", ["", "ed25519:", "ed25519:AAAA", "ed25519:" + "!" * 44, "nowhere.pem", "\0", "ed25519"]
)
def test_what_is_no_public_key_is_refused_by_name(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Misconfigured, match="public key"):
        public_key(wrong)


def test_a_signature_holds_for_its_message_and_no_other() -> None:
    key = SigningKey.new()
    signature = key.sign(b"message")
    assert key.public.holds(signature, b"message")
    assert not key.public.holds(signature, b"massage")
    assert not key.public.holds(signature[:-1], b"message")
    assert not SigningKey.new().public.holds(signature, b"message")
