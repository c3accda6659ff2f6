"""The type stubs name what there is, and nothing else."""

import ast
import inspect
import pathlib
import unittest

import kizuna
from kizuna import _kizuna


def public(thing):
    return {name for name in vars(thing) if not name.startswith("_")}


class Stubs(unittest.TestCase):
    def setUp(self):
        path = pathlib.Path(kizuna.__file__).with_name("_kizuna.pyi")
        self.tree = ast.parse(path.read_text(encoding="utf-8"))

    def names(self, body):
        for each in body:
            if isinstance(each, (ast.FunctionDef, ast.ClassDef)):
                yield each.name
            elif isinstance(each, ast.AnnAssign):
                yield each.target.id

    def test_of_the_module(self):
        self.assertEqual({name for name in self.names(self.tree.body) if not name.startswith("_")}, public(_kizuna))

    def test_of_its_classes(self):
        for each in self.tree.body:
            if isinstance(each, ast.ClassDef) and each.name != "Cancelled":
                kind = getattr(_kizuna, each.name)
                stub = {name for name in self.names(each.body) if not name.startswith("_")}
                there = public(kind) - {"name", "value"} if hasattr(kind, "__members__") else public(kind)
                self.assertEqual(stub, there, each.name)

    def test_everything_public_is_said_what_it_is(self):
        for name in kizuna.__all__:
            thing = getattr(kizuna, name)
            if inspect.isfunction(thing):
                self.assertTrue(thing.__doc__, name)


if __name__ == "__main__":
    unittest.main()
