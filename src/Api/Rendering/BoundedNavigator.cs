using System.Diagnostics.CodeAnalysis;
using System.Xml;
using System.Xml.XPath;

namespace Slipway.Api.Rendering;

/// <summary>
/// A document to evaluate a caller's XPath on: like any other, until it has been walked too far. A short expression can ask for more steps than there is time in the world
/// (<c>//*[//*[//*]]</c>), and an evaluation cannot be cancelled.
/// </summary>
internal sealed class BoundedNavigator : XPathNavigator
{
    private const long MostSteps = 20_000_000;
    private readonly XPathNavigator _inner;
    private readonly Budget _budget;

    public BoundedNavigator(XPathNavigator inner)
        : this(inner, new Budget())
    {
    }

    private BoundedNavigator(XPathNavigator inner, Budget budget) => (_inner, _budget) = (inner, budget);

    public override string BaseURI => _inner.BaseURI;

    public override bool IsEmptyElement => _inner.IsEmptyElement;

    public override string LocalName => _inner.LocalName;

    public override string Name => _inner.Name;

    public override string NamespaceURI => _inner.NamespaceURI;

    public override XmlNameTable NameTable => _inner.NameTable;

    public override XPathNodeType NodeType => _inner.NodeType;

    public override string Prefix => _inner.Prefix;

    public override object? UnderlyingObject => _inner.UnderlyingObject;

    public override string Value => Step(_inner.Value);

    public override XPathNavigator Clone() => Step(new BoundedNavigator(_inner.Clone(), _budget));

    public override bool IsSamePosition(XPathNavigator other) => other is BoundedNavigator bounded && _inner.IsSamePosition(bounded._inner);

    public override bool MoveTo(XPathNavigator other) => Step(other is BoundedNavigator bounded && _inner.MoveTo(bounded._inner));

    public override bool MoveToFirstAttribute() => Step(_inner.MoveToFirstAttribute());

    public override bool MoveToFirstChild() => Step(_inner.MoveToFirstChild());

    public override bool MoveToFirstNamespace(XPathNamespaceScope namespaceScope) => Step(_inner.MoveToFirstNamespace(namespaceScope));

    public override bool MoveToId(string id) => Step(_inner.MoveToId(id));

    public override bool MoveToNext() => Step(_inner.MoveToNext());

    public override bool MoveToNextAttribute() => Step(_inner.MoveToNextAttribute());

    public override bool MoveToNextNamespace(XPathNamespaceScope namespaceScope) => Step(_inner.MoveToNextNamespace(namespaceScope));

    public override bool MoveToParent() => Step(_inner.MoveToParent());

    public override bool MoveToPrevious() => Step(_inner.MoveToPrevious());

    private T Step<T>(T result)
    {
        if (++_budget.Steps > MostSteps)
        {
            Throw();
        }

        return result;
    }

    [DoesNotReturn]
    private static void Throw() => throw new XPathException($"it takes more than {MostSteps} steps on this document. Name the way from the root instead of searching with //.");

    private sealed class Budget
    {
        public long Steps { get; set; }
    }
}
