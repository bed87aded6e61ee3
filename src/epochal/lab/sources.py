"""The bibliography of the lab: the texts that its experiments are taken from.

Most are about chapter 11 of Géron's "Hands-On Machine Learning". The quoted figures are those of
the book's notebook. The papers are those that the experiments about uncertainty repeat at a small
scale.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Source:
    """A text that experiments are taken from.

    Attributes
    ----------
    name : str
        How an experiment cites it.
    reference : str
        Its entry in the bibliography: author, title, publisher or place, year, language.
    """

    name: str
    reference: str


@dataclass(frozen=True)
class Citation:
    """A place in a source.

    Attributes
    ----------
    source : Source
    section : str
        The heading of the section; empty for the whole text.
    """

    source: Source
    section: str = ""

    def __str__(self) -> str:
        return f'{self.source.name}, "{self.section}"' if self.section else self.source.name


BOOK = "https://www.oreilly.com/library/view/hands-on-machine-learning/9781492032632/"
GERON = Source(
    name="Géron 2019",
    reference='Aurélien Géron, "Hands-On Machine Learning with Scikit-Learn, Keras, and '
    'TensorFlow", 2nd edition, O\'Reilly, 2019, chapter 11, "Training Deep Neural Networks", and '
    "its notebook, 11_training_deep_neural_networks.ipynb of ageron/handson-ml2 on GitHub. "
    "Figures are quoted from the outputs of the Korean edition of the notebook.",
)
STUDY_GROUP = Source(
    name="ml_study 2023",
    reference="Notes of a study group on sections 11.4 and 11.5 of the Korean edition of Géron "
    "2019, 3 to 9 February 2023: issue 57 of njs03332/ml_study on GitHub. In Korean.",
)
SLIDES = Source(
    name="Deep Learning, Day 3",
    reference='Lecture slides with the title "딥러닝 3일차" (Deep Learning, Day 3), without author '
    'or date. Much of their code and their table of losses are those of François Chollet, "Deep '
    'Learning with Python", Manning, 2017: table 4.1 and sections 7.2 and 7.3. In Korean.',
)
SAULABI = Source(
    name="Saulabi 2021",
    reference='Saulabi, "미래연구소 14기 수원캠퍼스 6주차" (week 6 of a course of August 2020), '
    "blog post of 23 November 2021. In Korean.",
)
PARK = Source(
    name="Park 2023",
    reference='박경민 (Park Kyung-min), "[핸즈온 머신러닝] 11. 심층 신경망 - 규제" (deep neural '
    "networks: regularization), blog post of 23 May 2023 on that part of chapter 11 of Géron 2019. "
    "In Korean.",
)
GAL = Source(
    name="Gal and Ghahramani 2016",
    reference='Yarin Gal and Zoubin Ghahramani, "Dropout as a Bayesian Approximation: Representing '
    'Model Uncertainty in Deep Learning", ICML 2016, arXiv:1506.02142.',
)
LAKSHMINARAYANAN = Source(
    name="Lakshminarayanan et al. 2017",
    reference='Balaji Lakshminarayanan, Alexander Pritzel and Charles Blundell, "Simple and '
    'Scalable Predictive Uncertainty Estimation using Deep Ensembles", NeurIPS 2017, '
    "arXiv:1612.01474.",
)
GUO = Source(
    name="Guo et al. 2017",
    reference='Chuan Guo, Geoff Pleiss, Yu Sun and Kilian Q. Weinberger, "On Calibration of Modern '
    'Neural Networks", ICML 2017, arXiv:1706.04599.',
)
LEE = Source(
    name="Lee et al. 2018",
    reference='Kimin Lee, Kibok Lee, Honglak Lee and Jinwoo Shin, "A Simple Unified Framework for '
    'Detecting Out-of-Distribution Samples and Adversarial Attacks", NeurIPS 2018, '
    "arXiv:1807.03888.",
)
OVADIA = Source(
    name="Ovadia et al. 2019",
    reference="Yaniv Ovadia et al., \"Can You Trust Your Model's Uncertainty? Evaluating "
    'Predictive Uncertainty Under Dataset Shift", NeurIPS 2019, arXiv:1906.02530.',
)
WENZEL = Source(
    name="Wenzel et al. 2020",
    reference='Florian Wenzel, Jasper Snoek, Dustin Tran and Rodolphe Jenatton, "Hyperparameter '
    'Ensembles for Robustness and Uncertainty Quantification", NeurIPS 2020, arXiv:2006.13570.',
)
AMERSFOORT = Source(
    name="van Amersfoort et al. 2020",
    reference='Joost van Amersfoort, Lewis Smith, Yee Whye Teh and Yarin Gal, "Uncertainty '
    'Estimation Using a Single Deep Deterministic Neural Network", ICML 2020, arXiv:2003.02037.',
)
EPOCHAL = Source(
    name="epochal",
    reference="An experiment of this project, which no other text describes.",
)
ALL_SOURCES = (
    GERON,
    STUDY_GROUP,
    SLIDES,
    SAULABI,
    PARK,
    GAL,
    LAKSHMINARAYANAN,
    GUO,
    LEE,
    OVADIA,
    WENZEL,
    AMERSFOORT,
    EPOCHAL,
)
