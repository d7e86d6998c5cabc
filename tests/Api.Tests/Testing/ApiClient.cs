using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Slipway.Api.Tests.Testing;

/// <summary>A plain HTTP client that keeps its cookies and follows no redirects.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiClient(Uri url)
    {
        Url = url;
        Cookies = new CookieContainer();
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = url, Timeout = TimeSpan.FromMinutes(2) };
    }

    public Uri Url { get; }

    public CookieContainer Cookies { get; }

    public HttpRequestHeaders Headers => _http.DefaultRequestHeaders;

    public ApiClient WithBasic(string user, string secret)
    {
        Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")));
        return this;
    }

    /// <summary>Asks for a crumb, as clients do, and sends it with every request from then on.</summary>
    public async Task<ApiClient> WithCrumbAsync()
    {
        var crumb = await JsonAsync("crumbIssuer/api/json");
        Headers.Remove("Jenkins-Crumb");
        Headers.Add(crumb.GetProperty("crumbRequestField").GetString()!, crumb.GetProperty("crumb").GetString());
        return this;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent? content = null) => _http.PostAsync(path, content, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostFormAsync(string path, params (string Name, string Value)[] fields) =>
        PostAsync(path, new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))));

    public Task<HttpResponseMessage> PostXmlAsync(string path, string xml) => PostAsync(path, new StringContent(xml, Encoding.UTF8, "text/xml"));

    public async Task<string> TextAsync(string path)
    {
        using var answer = await GetAsync(path);
        await ExpectAsync(HttpStatusCode.OK, answer);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async Task<JsonElement> JsonAsync(string path)
    {
        using var document = JsonDocument.Parse(await TextAsync(path));
        return document.RootElement.Clone();
    }

    public static async Task ExpectAsync(HttpStatusCode status, HttpResponseMessage answer)
    {
        if (answer.StatusCode != status)
        {
            Assert.Fail($"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri} answered {(int)answer.StatusCode} instead of {(int)status}: {await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        }
    }

    /// <summary>The status and <c>X-Error</c>, where clients look for the reason.</summary>
    public static async Task<string> RefusalAsync(HttpStatusCode status, Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        await ExpectAsync(status, answer);
        Assert.True(answer.Headers.TryGetValues("X-Error", out var values), "A refusal says why in X-Error.");
        return values.Single();
    }

    public void Dispose() => _http.Dispose();
}
