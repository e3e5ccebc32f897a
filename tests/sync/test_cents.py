"""I14: a document that QuickBooks works out differently is taken back, and the cent is named."""

from tests.support.joint import Joint

LINE = {"description": "Half a cent of tax", "quantity": "1", "unit_price": "0.45", "tax_code": "GST"}


async def test_an_invoice_that_comes_out_wrong_is_deleted_and_the_sale_waits_with_the_cent_named(
    joint: Joint,
) -> None:
    await joint.hazard("quickbooks", "tax_half_even")
    sale = await joint.sale((await joint.contact())["id"], LINE, amounts_include_tax=False)
    run = await joint.sync()

    assert run.state == "partial", run.counters
    assert await joint.books_list("invoice") == []
    [item] = await joint.attention()
    assert item.kind == "refused"
    assert "instead of" in item.summary

    await joint.hazard("quickbooks", "tax_half_even", on=False)
    await joint.answer(item.id, "retry")
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    assert [f"{i['TotalAmt']:.2f}" for i in await joint.books_list("invoice")] == [sale["total"]]
    assert await joint.attention() == []
