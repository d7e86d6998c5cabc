using System.Xml;

namespace Slipway.Controller.Jobs;

/// <summary>
/// Refuses XML that is nested deeper than anybody writes it. Building a document of it costs time with the square of its depth, so that a megabyte of opening tags would keep a core busy for minutes.
/// </summary>
internal sealed class DepthLimitedXmlReader(XmlReader reader) : XmlReader, IXmlLineInfo
{
    private const int Deepest = 500;

    public override int AttributeCount => reader.AttributeCount;

    public override string BaseURI => reader.BaseURI;

    public override int Depth => reader.Depth;

    public override bool EOF => reader.EOF;

    public override bool IsEmptyElement => reader.IsEmptyElement;

    public override string LocalName => reader.LocalName;

    public override string NamespaceURI => reader.NamespaceURI;

    public override XmlNameTable NameTable => reader.NameTable;

    public override XmlNodeType NodeType => reader.NodeType;

    public override string Prefix => reader.Prefix;

    public override ReadState ReadState => reader.ReadState;

    public override string Value => reader.Value;

    public int LineNumber => (reader as IXmlLineInfo)?.LineNumber ?? 0;

    public int LinePosition => (reader as IXmlLineInfo)?.LinePosition ?? 0;

    public bool HasLineInfo() => (reader as IXmlLineInfo)?.HasLineInfo() ?? false;

    /// <exception cref="XmlException">The document is not well-formed, or is nested too deep.</exception>
    public override bool Read()
    {
        var more = reader.Read();
        return !more || reader.Depth <= Deepest ? more : throw new XmlException($"The elements are nested more than {Deepest} deep.", null, LineNumber, LinePosition);
    }

    public override string? GetAttribute(string name) => reader.GetAttribute(name);

    public override string? GetAttribute(string name, string? namespaceURI) => reader.GetAttribute(name, namespaceURI);

    public override string GetAttribute(int i) => reader.GetAttribute(i);

    public override string? LookupNamespace(string prefix) => reader.LookupNamespace(prefix);

    public override bool MoveToAttribute(string name) => reader.MoveToAttribute(name);

    public override bool MoveToAttribute(string name, string? ns) => reader.MoveToAttribute(name, ns);

    public override bool MoveToElement() => reader.MoveToElement();

    public override bool MoveToFirstAttribute() => reader.MoveToFirstAttribute();

    public override bool MoveToNextAttribute() => reader.MoveToNextAttribute();

    public override bool ReadAttributeValue() => reader.ReadAttributeValue();

    public override void ResolveEntity() => reader.ResolveEntity();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            reader.Dispose();
        }

        base.Dispose(disposing);
    }
}
