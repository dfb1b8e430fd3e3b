"""The data sets the recipe knows, by name: licence, and how often a pass shows a pair.

Read by `prepare.py`. A name that is not here is refused, so that no row gets into shipped weights
whose licence nobody has looked at. A set whose licence does not let weights be given on under
CC BY-SA 4.0 stays out whatever its weight: the GNU licences and what came from under them, what is
non-commercial, and press text under copyright.
"""

from __future__ import annotations

import re
from typing import NamedTuple

#: Licence classes of rows that may be used; `nc` is the one left out.
SHIPPABLE_CLASSES = frozenset({"open", "unstated", "unclear"})
#: Licences that keep a data set out of what ships.
REFUSED_LICENCES = re.compile(r"\b[AL]?GPL|\bNC\b|non-commercial|\bpress\b", re.IGNORECASE)


class DataSet(NamedTuple):
    """A data set of one language.

    `weight` is how often a pass shows one of its pairs: news, health and encyclopedic text above
    one, courses, manuals and scripture below; 0 where its licence keeps it out.
    """

    name: str
    language: str
    licence: str
    weight: float
    title: str  # in the model card
    kind: str = ""  # of an entry: what it can stand in for in a sentence (`swaps.py`)

    @property
    def ships(self) -> bool:
        """Whether its licence lets it into weights that are given on."""
        return not REFUSED_LICENCES.search(self.licence)


class UnknownDataSetError(LookupError):
    """A row names a data set that the table does not have."""


SENTENCES = (
    DataSet("alt_wiki_vi", "vi", "CC BY 4.0", 2.0, "Asian Language Treebank (Wikinews)"),
    DataSet("vlsp20_news", "vi", "unstated", 2.0, "VLSP 2020, news"),
    DataSet("xquad_vi", "vi", "CC BY-SA 4.0", 2.0, "XQuAD"),
    DataSet("vlsp20_basic", "vi", "unstated", 1.0, "VLSP 2020, basic sentences"),
    DataSet("ml_yearning_vi", "vi", "unstated", 0.7, "Machine Learning Yearning"),
    DataSet("toomva_subs_vi", "vi", "unstated", 1.0, "Toomva subtitles"),
    DataSet("captions_3b1b", "vi", "unstated", 0.5, "3Blue1Brown captions"),
    DataSet("ms_courses_llm", "vi", "MIT, CC0", 0.35, "Microsoft beginners' courses"),
    DataSet("msdocs_projectops_vi", "vi", "CC BY 4.0", 0.35, "Project Operations documentation"),
    DataSet("msdocs_custinsights_vi", "vi", "CC BY 4.0", 0.35, "Customer Insights documentation"),
    DataSet("d2l_human_vi", "vi", "CC BY-SA 4.0", 0.35, "Dive into Deep Learning"),
    DataSet("hf_course", "vi", "Apache-2.0", 0.35, "course texts of Hugging Face"),
    DataSet("blender_manual_vi", "vi", "CC BY-SA 4.0", 0.25, "Blender manual"),
    DataSet("tor_l10n", "vi", "unstated", 0.3, "Tor localisation"),
    DataSet("bilingual_news_vi", "vi", "press copyright", 0, ""),
    DataSet("nyu_dl_docs", "vi", "CC BY-NC-SA", 0, ""),
    DataSet("tico19_bn", "bn", "CC0", 5.0, "TICO-19 (COVID-19)"),
    DataSet("indic_wiki_crowd_bn", "bn", "CC BY-SA 3.0", 2.8, "crowd translations of Wikipedia"),
    DataSet("adnan_bn", "bn", "unstated", 3.5, "Adnan corpus"),
    DataSet("pratham_stories_bn", "bn", "CC BY", 3.0, "Pratham stories"),
    DataSet("opus100_bn", "bn", "unclear mix", 2.2, "OPUS-100"),
    DataSet("tatoeba_bn", "bn", "CC BY", 2.0, "Tatoeba"),
    DataSet("opensource_guide", "bn", "CC BY", 1.0, "Open Source Guides"),
    DataSet("captions_3b1b", "bn", "unstated", 1.0, "3Blue1Brown captions"),
    DataSet("ms_courses_llm", "bn", "MIT, CC0", 0.9, "Microsoft beginners' courses"),
    DataSet("hadith_bn", "bn", "unclear", 0.8, "Hadith translations"),
    DataSet("quran_bn", "bn", "unclear", 0.5, "Quran translations"),
    DataSet("hf_course", "bn", "Apache-2.0", 0.5, "course texts of Hugging Face"),
    DataSet("tor_l10n", "bn", "unstated", 0.4, "Tor localisation"),
    DataSet("tldr_bn", "bn", "CC BY", 0.4, "tldr pages"),
    DataSet("nyu_dl_docs", "bn", "CC BY-NC-SA", 0, ""),
    # corpora2
    DataSet("mozilla_org_bn", "bn", "MPL 2.0", 1.0, "mozilla.org"),
    DataSet("react_docs_bn", "bn", "CC BY 4.0", 0.5, "React documentation"),
    DataSet("benqa", "bn", "unstated", 1.0, "BEnQA (science exams)"),
    DataSet("tatoeba_bn2", "bn", "CC BY 2.0 FR", 2.0, "Tatoeba"),
    DataSet("libreoffice_ui_bn", "bn", "MPL 2.0", 0.4, "LibreOffice localisation"),
    DataSet("firefox_ui_bn", "bn", "MPL 2.0", 0.4, "Firefox localisation"),
    DataSet("nhs_covid_app_bn", "bn", "MIT", 3.0, "NHS COVID-19 app"),
    DataSet("global_storybooks_bn", "bn", "CC BY", 2.5, "Global Storybooks"),
    DataSet("mgsm_bn", "bn", "CC BY 4.0", 1.0, "MGSM (school mathematics)"),
    DataSet("kolibri_bn", "bn", "MIT", 0.6, "Kolibri localisation"),
    DataSet("wikipedia_app_bn", "bn", "Apache-2.0", 0.5, "Wikipedia app localisation"),
    DataSet("ronypy_bn", "bn", "unstated", 2.0, "ronypy's sentences"),
    DataSet("vote_gov_bn", "bn", "CC0", 2.0, "vote.gov"),
    DataSet("udhr_bn", "bn", "free (United Nations)", 2.0, "Declaration of Human Rights"),
    DataSet("bengali_visual_genome", "bn", "CC BY-NC-SA 4.0", 0, ""),
    DataSet("javascript_info_bn", "bn", "CC BY-NC", 0, ""),
    DataSet("gnome_ui_bn", "bn", "GPL, LGPL", 0, ""),
    DataSet("scratch_bn", "bn", "AGPL-3.0", 0, ""),
    DataSet("mediawiki_bn", "bn", "GPL-2+", 0, ""),
    DataSet("vlc_ui_bn", "bn", "GPL-2+", 0, ""),
    DataSet("stellarium_bn", "bn", "GPL-2+", 0, ""),
    DataSet("lichess_bn", "bn", "GPL-3", 0, ""),
    DataSet("wordpress_ui_bn", "bn", "GPL-2+", 0, ""),
    DataSet("access_nyc_bn", "bn", "GPL-3", 0, ""),
    DataSet("osm_website_bn", "bn", "GPL-2", 0, ""),
    DataSet("firefox_ui_vi", "vi", "MPL 2.0", 0.25, "Firefox localisation"),
    DataSet("mozilla_org_vi", "vi", "MPL 2.0", 0.5, "mozilla.org"),
    DataSet("tatoeba_vi2", "vi", "CC BY 2.0 FR", 1.0, "Tatoeba"),
    DataSet("libreoffice_ui_vi", "vi", "MPL 2.0", 0.25, "LibreOffice localisation"),
    DataSet("global_storybooks_vi", "vi", "CC BY", 1.0, "Global Storybooks"),
    DataSet("kolibri_vi", "vi", "MIT", 0.4, "Kolibri localisation"),
    DataSet("wikipedia_app_vi", "vi", "Apache-2.0", 0.4, "Wikipedia app localisation"),
    DataSet("vote_gov_vi", "vi", "CC0", 1.0, "vote.gov"),
    DataSet("udhr_vi", "vi", "free (United Nations)", 1.0, "Declaration of Human Rights"),
    DataSet("viet_anh_dict_examples", "vi", "unstated (original GPL)", 0, ""),
    DataSet("iwslt15_dev_vi", "vi", "CC BY-NC-ND", 0, ""),
    DataSet("mediawiki_vi", "vi", "GPL-2+", 0, ""),
    DataSet("scratch_vi", "vi", "AGPL-3.0", 0, ""),
    DataSet("vlc_ui_vi", "vi", "GPL-2+", 0, ""),
    DataSet("wesnoth_vi", "vi", "GPL-2+", 0, ""),
    DataSet("lichess_vi", "vi", "GPL-3", 0, ""),
    DataSet("gnome_ui_vi", "vi", "GPL, LGPL", 0, ""),
    DataSet("wordpress_ui_vi", "vi", "GPL-2+", 0, ""),
    DataSet("gnucash_ui_vi", "vi", "GPL-2+", 0, ""),
    DataSet("osm_website_vi", "vi", "GPL-2", 0, ""),
)
#: Names, places and dictionary entries, a few words each.
ENTRIES = (
    DataSet(
        "wiki_person_names_bn", "bn", "unstated", 2.0, "names of persons (Wikipedia)", "person"
    ),
    DataSet("geonames_bn", "bn", "CC BY 4.0", 0.3, "GeoNames", "place"),
    DataSet("bangladesh_geo", "bn", "MIT", 0.3, "districts of Bangladesh", "place"),
    DataSet(
        "bangladesh_post_offices", "bn", "unstated", 0.3, "post offices of Bangladesh", "place"
    ),
    DataSet("cldr_bn", "bn", "Unicode", 0.5, "CLDR"),
    DataSet("cldr_emoji_bn", "bn", "Unicode", 0.5, "CLDR", "thing"),
    DataSet("dakshina_translit_bn", "bn", "CC BY-SA 4.0", 0.5, "Dakshina"),
    DataSet("wiktionary_bn", "bn", "CC BY-SA", 1.0, "Wiktionary"),
    DataSet("holidays_bn", "bn", "MIT", 0.5, "names of holidays"),
    DataSet("osm_presets_bn", "bn", "ISC", 0.5, "OpenStreetMap's kinds of places"),
    DataSet("iso_countries_bn", "bn", "MIT", 1.0, "names of countries"),
    DataSet("bengali_name_variants", "bn", "MIT", 1.0, "surnames", "person"),
    DataSet("bd_dict_36", "bn", "GPL-3", 0, ""),
    DataSet("bd_dict_93", "bn", "GPL-3", 0, ""),
    DataSet("bd_dict_17", "bn", "GPL-3", 0, ""),
    DataSet("apertium_bn_en", "bn", "GPL", 0, ""),
    DataSet("gnome_places_bn", "bn", "GPL-2+", 0, ""),
    DataSet("iso_codes_bn", "bn", "LGPL", 0, ""),
    DataSet("kalzium_bn", "bn", "GPL-2", 0, ""),
    DataSet("vietnam_admin", "vi", "unstated", 0.1, "communes of Vietnam", "place"),
    DataSet("osm_presets_vi", "vi", "ISC", 0.2, "OpenStreetMap's kinds of places"),
    DataSet("cldr_vi", "vi", "Unicode", 0.3, "CLDR"),
    DataSet("cldr_emoji_vi", "vi", "Unicode", 0.3, "CLDR", "thing"),
    DataSet("wiktionary_vi", "vi", "CC BY-SA", 0.5, "Wiktionary"),
    DataSet("geonames_vi", "vi", "CC BY 4.0", 0.3, "GeoNames", "place"),
    DataSet("iso_countries_vi", "vi", "MIT", 0.5, "names of countries"),
    DataSet("holidays_vi", "vi", "MIT", 0.5, "names of holidays"),
    DataSet("viet_anh_dict", "vi", "unstated (original GPL)", 0, ""),
    DataSet("gnome_places_vi", "vi", "GPL-2+", 0, ""),
    DataSet("iso_codes_vi", "vi", "LGPL", 0, ""),
)
#: English sentences without a source, for `backtranslate.py`. Press text stays out here too: the
#: model would be trained to write it.
ENGLISH = (
    DataSet("wmt_news_test_en", "en", "unclear (research use)", 1.0, "WMT news tests 2008 to 2022"),
    DataSet("state_union", "en", "public domain", 1.0, "State of the Union addresses"),
    DataSet("liar_politics", "en", "unstated", 1.0, "LIAR (political claims)"),
    DataSet("oldi_seed_wiki", "en", "CC BY-SA 4.0", 1.0, "OLDI Seed (Wikipedia)"),
    DataSet("inaugural", "en", "public domain", 1.0, "inaugural addresses"),
    DataSet("reuters21578", "en", "press, research use", 0, ""),
    DataSet("bbc_news_2005", "en", "press", 0, ""),
    DataSet("abc_au_2006", "en", "press", 0, ""),
    DataSet("brown", "en", "non-commercial", 0, ""),
    DataSet("wsj_sample", "en", "non-commercial", 0, ""),
    DataSet("ag_news_test", "en", "non-commercial", 0, ""),
)
_BY_NAME = {(known.name, known.language): known for known in (*SENTENCES, *ENTRIES, *ENGLISH)}


def kind_of(name: str, language: str) -> str:
    """What an entry of the data set can stand in for: person, place or thing; `` for none."""
    return _BY_NAME[name, language].kind


def weight_of(name: str, language: str, licence_class: str) -> float:
    """How often a pass shows a row of data set `name`; 0 where its licence keeps the row out.

    Raises:
        UnknownDataSetError: the table has no such data set.
    """
    known = _BY_NAME.get((name, language))
    if known is None:
        raise UnknownDataSetError(
            f"data set {name!r} ({language}) is not in training/data_sets.py: "
            "add it with its licence, and with weight 0 where that keeps it out"
        )
    return known.weight if known.ships and licence_class in SHIPPABLE_CLASSES else 0.0
