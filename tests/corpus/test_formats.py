import time

import docx
import pytest
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from agentic_rag.corpus import Chunking, read_corpus

SMALL = Chunking(tokens=10, overlap=0)


def only(path, chunking=SMALL):
    (passage,) = read_corpus(path, chunking)
    return passage


def headings(path):
    return [(passage.metadata.get("heading"), passage.text) for passage in read_corpus(path, SMALL)]


def test_a_text_file_is_titled_by_its_name_and_keeps_where_it_came_from(write):
    path = write("docs/island.txt", "  Drevanny is an island.\n")
    passage = only(path)
    assert passage.text == "Drevanny is an island."
    assert passage.title == "island"
    assert passage.id == "island.txt#eec4959d66"
    assert passage.metadata == {"source": str(path), "start": 2, "end": 24}


def test_markdown_is_titled_by_its_first_heading_and_passages_know_the_nearest_one(write):
    path = write("a.md", "Intro of it.\n\n# The **Island**\n\nIt lies in the sea.\n\nHarbours\n--------\n\nTwo of them.\n")
    assert headings(path) == [
        (None, "Intro of it."),
        ("The Island", "# The **Island**\n\nIt lies in the sea."),
        ("Harbours", "Harbours\n--------\n\nTwo of them."),
    ]
    assert {passage.title for passage in read_corpus(path)} == {"The Island"}


@pytest.mark.parametrize(
    "before",
    [
        "```sh\n# no heading\n```\n",
        "---\ntitle: no heading\n---\n",
        "~~~\n# no\n```\n# no\n~~~\n",
        "#no heading\n",
        "- no\n---\n",
    ],
)
def test_lines_of_code_and_of_front_matter_are_no_headings(write, before):
    assert only(write("a.md", f"{before}\n## See [the map](map.png) ##\n"), Chunking()).title == "See the map"


@pytest.mark.parametrize("before", ["```code``` in a line\n\n", "---\n\n"], ids=["code in a line", "a rule"])
def test_what_only_looks_like_the_start_of_code_or_front_matter_hides_no_heading(write, before):
    assert only(write("a.md", f"{before}# The Map\n\nWords.\n\n---\n"), Chunking()).title == "The Map"


def test_a_heading_with_many_spaces_takes_no_time(write):
    started = time.monotonic()
    titles = {passage.title for passage in read_corpus(write("a.md", f"# a{' ' * 3000}b ##  \n\nWords."))}
    assert titles == {"a b"}
    assert time.monotonic() - started < 1


def test_restructured_text_is_titled_by_its_first_underlined_line(write):
    assert headings(
        write("a.rst", "Guide\r\n=====\r\n\r\nFirst words.\r\n\r\nSecond part\r\n-----------\r\n\r\nMore words.\r\n")
    ) == [
        ("Guide", "Guide\r\n=====\r\n\r\nFirst words."),
        ("Second part", "Second part\r\n-----------\r\n\r\nMore words."),
    ]


def test_html_is_read_block_by_block_without_scripts_and_menus_of_a_form(write):
    page = """<!doctype html><html><head><title>The
      Island</title><style>p {}</style></head><body><!-- no --><script>no()</script>
      <p>It lies <b>in</b> the&nbsp;sea,<br>far out.</p><h2>Food</h2><ul><li>Fish</li><li>Bread</li></ul>
      <table><tr><th>Day</th><th>Price</th></tr><tr><td>Monday</td><td>3 <i>crowns</i></td></tr></table>
      <pre>a  b
  c</pre>tail</body></html>"""
    passage = only(write("a.html", page), Chunking())
    assert passage.title == "The Island"
    assert passage.text == (
        "It lies in the sea,\nfar out.\n\nFood\nFish\nBread\nDay | Price\nMonday | 3 crowns\n\na  b\n  c\n\ntail"
    )


def test_passages_of_html_know_their_heading(write):
    page = "<h1>Island</h1><p>It lies in the northern sea.</p><h2>Food</h2><p>Fish and bread are eaten.</p>"
    assert headings(write("a.htm", page)) == [
        ("Island", "Island\n\nIt lies in the northern sea."),
        ("Food", "Food\n\nFish and bread are eaten."),
    ]


def test_html_may_be_xhtml_and_may_declare_its_encoding(write):
    page = '<?xml version="1.0"?><html><head><meta charset="iso-8859-2"/></head><body><p>Łódź</p></body></html>'
    assert only(write("a.html", page.encode("iso-8859-2"))).text == "Łódź"


def test_pdf_passages_know_their_page(write, pdf):
    passages = list(read_corpus(write("report.pdf", pdf("The harbour was built in 1911.", "The mill was built in 1920.")), SMALL))
    assert [(passage.title, passage.metadata["page"], passage.text) for passage in passages] == [
        ("report", 1, "The harbour was built in 1911."),
        ("report", 2, "The mill was built in 1920."),
    ]
    assert [(passage.metadata["start"], passage.metadata["end"]) for passage in passages] == [(0, 30), (31, 58)]


def test_lines_that_the_layout_of_a_pdf_broke_are_mended(write, pdf):
    broken = pdf("The har-\nbour was built\nin 1911.\nOla Brandt built it.")
    assert only(write("a.pdf", broken), Chunking()).text == "The harbour was built in 1911.\nOla Brandt built it."


def test_pages_of_a_pdf_without_text_are_reported(write, pdf):
    corpus = read_corpus(write("a.pdf", pdf("Words.", "", "")))
    assert [passage.text for passage in corpus] == ["Words."]
    assert [skipped.reason for skipped in corpus.skipped] == ["no text on pages 2, 3; if scanned, run OCR on it first"]


def test_docx_paragraphs_and_tables_come_in_order(write, tmp_path):
    file = docx.Document()
    file.add_paragraph("The Island", style="Title")
    file.add_heading("Prices", level=1)
    file.add_paragraph("In crowns:")
    table = file.add_table(rows=2, cols=2)
    for cell, text in zip([cell for row in table.rows for cell in row.cells], ["Day", "Price", "Monday", "3"], strict=True):
        cell.text = text
    file.save(str(tmp_path / "a.docx"))
    passage = only(tmp_path / "a.docx", Chunking())
    assert passage.title == "The Island"
    assert passage.text == "The Island\n\nPrices\n\nIn crowns:\n\nDay | Price\nMonday | 3"
    assert [passage.metadata.get("heading") for passage in read_corpus(tmp_path / "a.docx", Chunking(3, 0))][-1] == "Prices"


def test_docx_without_properties_has_the_title_that_it_shows(tmp_path):
    file = docx.Document()
    file.add_paragraph("The Island", style="Title")
    rels = file.part.package.rels
    for name in [name for name, one in rels.items() if one.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES]:
        del rels[name]
    file.save(str(tmp_path / "a.docx"))
    assert only(tmp_path / "a.docx", Chunking()).title == "The Island"


def test_a_docx_with_content_controls_and_tracked_insertions_is_read_whole(tmp_path):
    def wrapped(kind, element):
        wrapper = OxmlElement(kind)
        element.addprevious(wrapper)
        wrapper.append(element)
        return wrapper

    file = docx.Document()
    price, name, block = (file.add_paragraph(text) for text in ("The price is ", "Name: ", "A form."))
    wrapped("w:ins", price.add_run("500 crowns")._r)
    wrapped("w:sdt", wrapped("w:sdtContent", name.add_run("Ada Lovelace")._r))
    wrapped("w:sdt", wrapped("w:sdtContent", block._p))
    for told, about in (("Contents  1", "w:docPartGallery"), ("Click here to enter text.", "w:showingPlcHdr")):
        properties, kind = OxmlElement("w:sdtPr"), OxmlElement(about)
        kind.set(qn("w:val"), "Table of Contents")
        properties.append(kind)
        wrapped("w:sdt", wrapped("w:sdtContent", file.add_paragraph(told)._p)).insert(0, properties)
    file.save(str(tmp_path / "a.docx"))
    assert only(tmp_path / "a.docx", Chunking()).text == "The price is 500 crowns\n\nName: Ada Lovelace\n\nA form."


def test_a_merged_cell_of_a_docx_comes_once_and_a_table_in_a_cell_is_read(tmp_path):
    file = docx.Document()
    table = file.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Prices"
    table.cell(1, 0).text = "Monday"
    inner = table.cell(1, 1).add_table(rows=1, cols=2)
    for cell, text in zip(inner.rows[0].cells, ["pie", "3 crowns"], strict=True):
        cell.text = text
    file.save(str(tmp_path / "a.docx"))
    assert only(tmp_path / "a.docx", Chunking()).text == "Prices\nMonday | pie | 3 crowns"


def test_the_title_property_of_a_docx_comes_first(tmp_path):
    file = docx.Document()
    file.core_properties.title = "Handbook"
    file.add_paragraph("Words.")
    file.save(str(tmp_path / "a.docx"))
    assert only(tmp_path / "a.docx").title == "Handbook"


def test_a_table_with_a_text_column_holds_native_rows(write):
    path = write("faq.csv", 'id,title,text,topic\nq1,Harbour,"Built in 1911,\nby Brandt",sea\nq2,,Open daily,\n')
    assert [(p.id, p.title, p.text, p.metadata) for p in read_corpus(path)] == [
        ("q1", "Harbour", "Built in 1911,\nby Brandt", {"topic": "sea", "source": str(path)}),
        ("q2", "", "Open daily", {"source": str(path)}),
    ]


def test_a_cell_is_a_number_where_it_is_written_as_one(write):
    cells = {"year": 1900, "share": 0.5, "loss": -3, "zip": "01234", "price": "1.10", "n": "nan", "isbn": "99999999999999999999"}
    path = write("a.csv", f"text,{','.join(cells)}\nWords,{','.join(map(str, cells.values()))}\n")
    assert {name: only(path).metadata[name] for name in cells} == cells


def test_rows_without_ids_are_named_like_pieces_of_text(write):
    path = write("faq.csv", "text\nOpen daily\nOpen daily\n")
    first, second = read_corpus(path)
    assert second.id == f"{first.id}-2"
    assert second.metadata == {"line": 3, "source": str(path), "start": 0, "end": 10}
    assert second.title == "faq"


def test_other_tables_become_column_and_value_lines(write):
    tsv = write("prices.tsv", "day\tprice\n\nMonday\t3 crowns\nTuesday\t\tfree\n")
    assert [(passage.text, passage.metadata["line"]) for passage in read_corpus(tsv)] == [
        ("day: Monday\nprice: 3 crowns", 3),
        ("day: Tuesday\nprice: free", 4),
    ]


def test_a_quote_in_a_tsv_is_a_character_and_swallows_no_rows(write):
    corpus = read_corpus(write("films.tsv", 'text\tyear\n"Up" is a film\t2009\n"Heat\t1995\nAlien\t1979\n'))
    assert [passage.text for passage in corpus] == ['"Up" is a film', '"Heat', "Alien"]
    assert [skipped.reason for skipped in corpus.skipped] == [
        "a quote in line 2 does not end a cell, so quotes are taken for text"
    ]


def test_a_tsv_that_quotes_as_a_table_does_is_read_as_one(write):
    (passage,) = read_corpus(write("films.tsv", 'text\tyear\n"A ""film""\nin two lines"\t2009\n'))
    assert (passage.text, passage.metadata["year"]) == ('A "film"\nin two lines', 2009)


def test_a_quote_that_is_not_closed_is_reported(write):
    corpus = read_corpus(write("films.csv", 'text,year\nHeat,1995\n"Up,2009\nAlien,1979\n'))
    assert [passage.text for passage in corpus] == ["Heat", "Up,2009\nAlien,1979"]
    assert [skipped.reason for skipped in corpus.skipped] == ["a quote in line 3 is never closed, so rows may be joined"]


def test_a_quoted_cell_may_end_with_an_empty_line_and_have_words_behind_it(write):
    corpus = read_corpus(write("films.csv", 'year,text\n1995,"Heat" again\n2009,"Up\n"\n'))
    assert ([passage.text for passage in corpus], corpus.skipped) == (["Heat again", "Up"], [])


def test_a_speech_over_two_rows_of_a_tsv_joins_nothing_and_columns_keep_their_values(write):
    first, second = read_corpus(write("a.tsv", 'start\ttext\n62000\t"I came.\n65500\tI saw," he said.\n'))
    assert (first.text, second.text) == ('"I came.', 'I saw," he said.')
    assert (second.metadata["own_start"], second.metadata["start"]) == (65500, 0)


def test_blank_rows_before_the_header_are_passed_over(write):
    (passage,) = read_corpus(write("a.csv", "\n;;\nid;text;year\nq1;Words;1\n"))
    assert (passage.id, passage.text, passage.metadata["year"]) == ("q1", "Words", 1)


def test_a_separator_within_quotes_separates_nothing(write):
    (passage,) = read_corpus(write("a.csv", '"Last, First, Middle";age\n"x, y";3\n'))
    assert passage.text == "Last, First, Middle: x, y\nage: 3"
    (passage,) = read_corpus(write("b.csv", 'Width (");Height (")\n10;20\n'))
    assert passage.text == 'Width ("): 10\nHeight ("): 20'


def test_a_table_may_use_semicolons_and_long_cells(write):
    path = write("a.csv", f"id;text\nq1;{'word ' * 40_000}\n")
    assert len(only(path).text) == 199_999


def test_a_page_without_an_end_of_its_head_keeps_its_body(write):
    path = write("a.html", "<!doctype html><html><head><title>T</title><body><p>The mill opened in 1901.</p></body></html>")
    (passage,) = read_corpus(path)
    assert (passage.title, passage.text) == ("T", "The mill opened in 1901.")


def test_a_page_that_says_latin_1_is_read_as_browsers_do(tmp_path):
    (tmp_path / "a.html").write_bytes(b'<meta charset="iso-8859-1"><p>It\x92s 5 \x80</p>')
    (passage,) = read_corpus(tmp_path / "a.html")
    assert passage.text == "It’s 5 €"


def test_an_empty_cell_keeps_its_column(write, tmp_path):
    rows = "<tr><th>Day</th><th>Opens</th><th>Price</th></tr><tr><td>Monday</td><td></td><td>3</td></tr>"
    (passage,) = read_corpus(write("a.html", f"<table>{rows}</table>"))
    assert passage.text == "Day | Opens | Price\nMonday |  | 3"
    file = docx.Document()
    table = file.add_table(rows=1, cols=3)
    table.cell(0, 0).text, table.cell(0, 2).text = "Monday", "3"
    file.save(str(tmp_path / "b.docx"))
    assert next(iter(read_corpus(tmp_path / "b.docx"))).text == "Monday |  | 3"


def test_the_fields_of_a_docx_are_text(tmp_path):
    file = docx.Document()
    caption = file.add_paragraph("Table ")
    field = OxmlElement("w:fldSimple")
    caption._p.append(field)
    field.append(caption.add_run("3")._r)
    caption.add_run(": Prices")
    file.save(str(tmp_path / "a.docx"))
    assert next(iter(read_corpus(tmp_path / "a.docx"))).text == "Table 3: Prices"


def test_the_text_box_of_a_docx_stands_behind_its_paragraph(tmp_path):
    file = docx.Document()
    around, inside = file.add_paragraph("Around."), file.add_paragraph("Inside.")
    box = OxmlElement("w:txbxContent")
    around.add_run()._r.append(box)
    box.append(inside._p)
    file.save(str(tmp_path / "a.docx"))
    assert next(iter(read_corpus(tmp_path / "a.docx"))).text == "Around.\n\nInside."


def test_the_notes_of_a_docx_come_last(tmp_path):
    file = docx.Document()
    file.add_paragraph("The mill opened in 1901.")
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    note = "<w:footnote><w:p><w:r><w:t>By then it was old.</w:t></w:r></w:p></w:footnote>"
    notes = f'<w:footnotes xmlns:w="{space}">{note}</w:footnotes>'
    part = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, notes.encode(), file.part.package)
    file.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    file.save(str(tmp_path / "a.docx"))
    assert next(iter(read_corpus(tmp_path / "a.docx"))).text == "The mill opened in 1901.\n\nBy then it was old."
