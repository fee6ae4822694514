"""Filling in tags, and what the kubelet does to arguments afterwards."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedro_kubeflow.local.substitution import expand_references, substitute, substitute_text

VALUES = {"workflow.name": "wf-1", "inputs.parameters.x": "{{workflow.name}}", "empty": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{workflow.name}}", "wf-1"),
        ("{{ workflow.name }}", "wf-1"),
        ("{{\nworkflow.name\n}}", "wf-1"),
        ("a{{workflow.name}}b{{workflow.name}}c", "awf-1bwf-1c"),
        # A value is not looked at again.
        ("{{inputs.parameters.x}}", "{{workflow.name}}"),
        ("{{empty}}", ""),
        # What names nothing stays, blanks and all.
        ("{{ unknown }} {{workflow.name}}", "{{ unknown }} wf-1"),
        ("{{}} {{ }}", "{{}} {{ }}"),
        ("{{=1+1}}", "{{=1+1}}"),
        # As Argo's reader sees braces: a tag ends at the first pair after the last opening one.
        ("{{ {{workflow.name}} }}", "{{ wf-1 }}"),
        ("{{{workflow.name}}}", "{{{workflow.name}}}"),
        ('{"a":{"b":{"c":1}}}', '{"a":{"b":{"c":1}}}'),
        ("{{workflow.name", "{{workflow.name"),
        ("workflow.name}}", "workflow.name}}"),
    ],
)
def test_tags_are_filled_in(text, expected):
    assert substitute_text(text, VALUES.get) == expected


def test_all_strings_of_a_template_but_no_keys():
    template = {"{{workflow.name}}": ["{{workflow.name}}", {"a": "x{{workflow.name}}"}, 3, None]}
    assert substitute(template, VALUES.get) == {
        "{{workflow.name}}": ["wf-1", {"a": "xwf-1"}, 3, None]
    }


@given(st.text())
def test_a_value_arrives_as_it_is(value):
    values = {"v": value}
    assert substitute_text("<{{v}}|{{ v }}>", values.get) == f"<{value}|{value}>"


@given(st.text(alphabet="{} ab."))
def test_text_without_known_names_is_left_alone(text):
    assert substitute_text(text, {}.get) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", "a value"),
        ("-$(A)-$(B)-", "-a value-$(A)-"),
        ("$(UNKNOWN)", "$(UNKNOWN)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$a value"),
        ("a$$b $A ${A} $", "a$b $A ${A} $"),
        ("$(A", "$(A"),
        ("$($$)", "$($$)"),
        ("$()", "$()"),
    ],
)
def test_references_expand_as_the_kubelet_does(text, expected):
    assert expand_references(text, {"A": "a value", "B": "$(A)"}) == expected
