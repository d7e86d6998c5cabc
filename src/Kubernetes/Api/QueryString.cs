using System.Globalization;
using System.Text;

namespace Slipway.Kubernetes.Api;

internal sealed class QueryString
{
    private readonly StringBuilder _text = new();

    /// <summary>Nothing for null.</summary>
    public QueryString Add(string name, string? value)
    {
        if (value is not null)
        {
            _text.Append(_text.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }

        return this;
    }

    public QueryString Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    public QueryString AddFlag(string name, bool isSet) => isSet ? Add(name, "true") : this;

    public QueryString Add(Selection? selection) => Add("labelSelector", selection?.Labels).Add("fieldSelector", selection?.Fields);

    public override string ToString() => _text.ToString();
}
