"""What stands between delimiters is a placeholder in one place and punctuation, code or a format in another."""

from __future__ import annotations

import pytest

from inference_pools.placeholders import Kind, find_placeholders

PLACEHOLDERS: tuple[tuple[str, str, str], ...] = (
    # value, what of it is found, style
    ("the {name} is", "{name}", "braces"),
    ("{ name }", "{ name }", "braces"),
    ("node-{0}", "{0}", "braces"),
    ("{12}", "{12}", "braces"),
    ("{name:%Y}", "{name:%Y}", "braces"),
    ("{it's.here}", "{it's.here}", "braces"),
    ("x{}", "{}", "braces"),
    ("a{} b", "{}", "braces"),
    ("a?<name>", "<name>", "angle-brackets"),
    ("<ops@contoso>", "<ops@contoso>", "angle-brackets"),
    ("<string>", "<string>", "angle-brackets"),
    ("list<workspace>", "<workspace>", "angle-brackets"),
    ("<br>", "<br>", "angle-brackets"),
    ("the <name> tag", "<name>", "angle-brackets"),
    ("<name >", "<name >", "angle-brackets"),
    ("<em>name</em>", "<em>name</em>", "markup"),
    ("<var>name</var>-1", "<var>name</var>", "markup"),
    ("[mask]", "[mask]", "brackets"),
    ("a,[b]", "[b]", "brackets"),
    ("[@name]", "[@name]", "brackets"),
    ("the [your word] is", "[your word]", "brackets"),
    *((f"the key is [{word}]", f"[{word}]", "brackets")
      for word in ("redacted", "removed", "masked", "hidden", "omitted", "elided", "REDACTED")),
    ("see [[name]] there", "[[name]]", "double-brackets"),
    ("the «your word» is", "«your word»", "guillemets"),
    ("%%NAME%%", "%%NAME%%", "percent-signs"),
    ("the %NAME% is", "%NAME%", "percent-signs"),
    ("the %my_name% is", "%my_name%", "percent-signs"),
    ("load %s of it", "%s", "printf"),
    ("__workspace__", "__workspace__", "underscores"),
    ("__your_name__", "__your_name__", "underscores"),
    ("__foo_bar__", "__foo_bar__", "underscores"),
    ("__Foo__", "__Foo__", "underscores"),
    ("the @NAME@ is", "@NAME@", "at-signs"),
    ("the @my_name@ is", "@my_name@", "at-signs"),
    ("@@name@@", "@@name@@", "at-signs"),
    ("a$NAME", "$NAME", "shell"),
    ("SQL$INSTANCE", "$INSTANCE", "shell"),
    ("$env:HOME", "$env:HOME", "shell"),
    ("/a/:id/b", ":id", "colon"),
    ("~~WORK~~", "~~WORK~~", "tildes"),
    ("!WORKSPACE!", "!WORKSPACE!", "exclamation-marks"),
    ("${a?b}", "${a?b}", "dollar-braces"),
    ("${your name!}", "${your name!}", "dollar-braces"),
    ("${NAME^}", "${NAME^}", "dollar-braces"),
    ("${env:NAME}", "${env:NAME}", "dollar-braces"),
    ("{{- name -}}", "{{- name -}}", "double-braces"),
    ("{{#name}}", "{{#name}}", "double-braces"),
    ("{{/name}}", "{{/name}}", "double-braces"),
    ("%{name}", "%{name}", "percent-braces"),
    ("@{name}", "@{name}", "at-braces"),
    ("???", "???", "mask"),
)  # fmt: skip


@pytest.mark.parametrize(("value", "text", "style"), PLACEHOLDERS, ids=[value for value, _, _ in PLACEHOLDERS])
def test_something_is_to_be_put_there(value: str, text: str, style: str) -> None:
    (found,) = find_placeholders(value)

    assert (found.kind, found.text, found.style) == (Kind.PLACEHOLDER, text, style)


INTERPOLATIONS = (
    "{a.b('x')} {d['k']} {config.name} ${x.y} ${x()} ${!name} ${a::b} ${a[0]} {{a.b}} {{f(x)}} %{a.b} %{f(x)} @{a.b}"
).split()


@pytest.mark.parametrize(
    "value",
    [*INTERPOLATIONS, "${a + b}", "${name ? a : b}", "{{ resolve:ssm:x }}", "%{ name}", "@{ name}", "{% if name %}"],
)
def test_another_tool_puts_it_there(value: str) -> None:
    (found,) = find_placeholders(value)

    assert (found.kind, found.text) == (Kind.INTERPOLATION, value)


PUNCTUATION = {
    "quantifiers": r"[0-9]{2} a]{2} x){1} \d{3} \D{2} \s{2} \S{4} \w{2} \W{3} [name]{2} [name]+ [name]* [name]?",
    "groups and boundaries": r"^(?<name>a) (?P<name>[a-z]+) [:alpha:] [[:alpha:]] ^[[name]]$ [^/] [a-z] [0-9]",
    "types": "list<string> Map<string,int> List<T> array<object> Dict<K,V>",
    "tokens of models": "</s> <s> <mask> <pad> [MASK] [PAD] [CLS]",
    "addresses": "<a@contoso.com> <https://x.y/z> [::1] [fe80::1] [2001:db8::1]:443",
    "markup": '<?xml?> <?name> <a="x"> <!--x--> <1> <->',
    "indexes, links and lists": "item[0] item[name] x[workspace] x]_[name] _[name] [a,b] [name](x) [/name] [-name]",
    "objects": """{"a.b":1} {'a.b':1} {{"a":1}} "{}" `{}` ,{} {}:""",
    "formats and percentages": "%Y-%m-%d 50%s 100%done %20s 50%NAME%",
    "names of Python's": "__init__ __main__ __pycache__ __name_mangled__ __key__",
    "names of platforms": "$web $root/x $logs $Default $latest.x MSSQL$INSTANCE SQLAgent$PROD",
    "pieces of other words": "a$b a$B x$ ?? ????x :memory /:memory",
}


@pytest.mark.parametrize("value", [value for values in PUNCTUATION.values() for value in values.split()])
def test_nothing_is_to_be_put_there(value: str) -> None:
    assert find_placeholders(value) == ()


@pytest.mark.parametrize(
    "value",
    [
        "the { name } is",
        "a {} b",
        "the %name% is",
        "the @name@ is",
        "see ~workspace~ there",
        "the !WORKSPACE! is",
        "a :workspace b",
        "the <em>name</em> is",
        "the <br> tag",
        "the «word» is",
        "the [note] here",
        "see [1] and",
        "[PAD] token",
        "me <a.b@contoso.com>",
        "see <ops+ml@contoso-it.com> now",
        "dict<str, any>",
        "< name >",
        "%(asctime)s %(message)s",
        "%Y-%m-%d at %H",
        "{{ }}",
        "Use [docs](https://learn.microsoft.com) here",
    ],
)
def test_a_sentence_has_its_own_punctuation(value: str) -> None:
    assert find_placeholders(value) == ()


@pytest.mark.parametrize(
    "value", ["~workspace~", "!WORKSPACE!", ":workspace", "[name]", "$HOME", "%s", "a?<name>", "[[x]]"]
)
def test_a_pattern_has_its_own_punctuation(value: str) -> None:
    assert find_placeholders(value, key="pattern") == ()
    assert find_placeholders(value, key="image") != ()


@pytest.mark.parametrize(
    "written",
    (
        "{model} ${model} {{model}} <model> <em>model</em> [model] %model% __MODEL__ @model@ ##MODEL## $model ~model~"
        " !MODEL! «model» ((model)) #{model}# %{model}"
    ).split(),
)
def test_the_word_inside_names_what_belongs_there(written: str) -> None:
    (found,) = find_placeholders(written)

    assert (found.text, found.slot) == (written, "the model's name")


@pytest.mark.parametrize(
    ("value", "slot", "suggestion"),
    [
        (
            "azureml://registries/contoso/models/chat/labels/<label>",
            "the model's label",
            "a label that exists, such as latest",
        ),
        (
            "azureml://registries/contoso/models/chat/versions/<v>",
            "the model's version",
            "a version that exists, such as 3",
        ),
        (
            "azureml://locations/westeurope/workspaces/<ws>/models/m/versions/1",
            "the workspace id",
            "the workspace's GUID (`az ml workspace show --query workspace_id`)",
        ),
        (
            "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/providers/Microsoft.X/fooBars/<x>",
            "the foo bar's name",
            "the name of the foo bar",
        ),
    ],
)
def test_what_belongs_there_follows_from_the_id(value: str, slot: str, suggestion: str) -> None:
    (found,) = find_placeholders(value)

    assert (found.slot, found.suggestion) == (slot, suggestion)
