using Slipway.Web.Controls;

namespace Slipway.Web.Hosting;

/// <summary>A page, ready to be drawn: what the layout needs, and the component of its content.</summary>
/// <param name="Title">What the browser's tab says; the layout adds the product's name.</param>
public sealed record Page(string Title, Type Component, IReadOnlyDictionary<string, object?> Parameters)
{
    public IReadOnlyList<Crumb> Crumbs { get; init; } = [];

    /// <summary>Which changes concern it, in the terms of the feed's query (<c>run=5</c>, <c>folder=a&amp;queue</c>); null for a page that does not change.</summary>
    public string? Watch { get; init; }

    /// <summary>Colours the tab's icon.</summary>
    public Tone Tone { get; init; }

    public PageSection Section { get; init; }

    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>The content uses the whole height of the window; its parts scroll by themselves.</summary>
    public bool FillsWindow { get; init; }

    public static Page Of<TComponent>(string title, object? model) =>
        new(title, typeof(TComponent), new Dictionary<string, object?> { ["Model"] = model });
}

/// <summary>A step of the way to the page. The last one is the page itself.</summary>
public sealed record Crumb(string Text, string Href);

public enum PageSection
{
    Jobs,
    Queue,
    Nodes,
    None,
}
