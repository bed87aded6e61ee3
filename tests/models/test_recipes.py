"""What a guideline's networks are trained with, by the size of the table."""

from epochal.models import ALL_GUIDELINES
from epochal.models.recipes import member_count, recipe_for


def test_small_tables_get_small_batches_and_many_epochs():
    small, large = (recipe_for("default", rows, 10) for rows in (500, 200_000))
    assert (small.batch_size, small.epochs) == (32, 100)
    assert (large.batch_size, large.epochs) == (512, 13)
    assert large.variants[0].hidden > small.variants[0].hidden


def test_what_is_asked_for_is_taken():
    given = {"epochs": 3, "batch_size": 5, "members": 2, "patience": 9}
    recipe = recipe_for("default", 500, 10, **given, hidden=(7,), dropout=0.5, learning_rate=3)
    assert {name: getattr(recipe, name) for name in given} == given
    (variant,) = recipe.variants
    assert (variant.hidden, variant.dropout, variant.learning_rate) == ((7,), 0.5, None)


def test_a_patience_that_is_asked_for_is_not_raised():
    assert recipe_for("tabular", 500, 10, patience=2).patience == 2
    assert recipe_for("default", 500, 10, epochs=2).patience == 5


def test_a_penalty_is_one_of_every_variant():
    recipe = recipe_for("tabular", 500, 10, l2=0.1)
    assert {variant.l2 for variant in recipe.variants} == {0.1}
    assert recipe_for("default", 500, 10, l2=0.1).penalized
    assert not recipe_for("default", 500, 10, l2=0.0).penalized


def test_what_is_asked_for_leaves_no_variants_that_are_alike():
    own = recipe_for("tabular", 500, 10)
    assert len(own.variants) == len(set(own.variants)) > 1
    alike = recipe_for("tabular", 500, 10, hidden=(7,), dropout=0.5, learning_rate=0.1)
    assert [variant.l1 for variant in alike.variants] == [0.0, 0.001, 0.0003]
    assert {variant.learning_rate for variant in alike.variants} == {0.1}


def test_each_variant_has_two_members_at_least():
    for members in range(2, 20):
        recipe = recipe_for("tabular", 500, 10, members=members)
        counts = [recipe.members_of(number) for number in range(len(recipe.variants))]
        assert min(counts) >= 2
        assert sum(counts) == members


def test_which_networks_drop_units():
    rates = {name: recipe_for(name, 500, 10).variants[0].dropout for name in ALL_GUIDELINES}
    assert {name: rate for name, rate in rates.items() if rate} == {
        "self-normalizing": 0.05,
        "risk-aware": 0.2,
        "tabular": 0.1,
    }


def test_only_the_tabular_network_has_members_and_only_where_there_are_rows():
    counts = {name: member_count(name, 1000) for name in ALL_GUIDELINES}
    assert {name for name, count in counts.items() if count > 1} == {"tabular"}
    assert member_count("tabular", 20) == 1
