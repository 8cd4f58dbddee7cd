package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/leadloop/leadloop/examples/crm/app"
)

// startImport takes a CSV file as the body. The answer says where its progress is.
func (s *api) startImport(w http.ResponseWriter, r *http.Request) (answer, error) {
	user, err := s.user(w, r)
	if err != nil {
		return answer{}, err
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		name = "import.csv"
	}
	if r.ContentLength > app.MaxImport {
		return answer{}, largeImport
	}
	id, err := s.app.Import(r.Context(), user, name, http.MaxBytesReader(w, r.Body, app.MaxImport))
	if over := (*http.MaxBytesError)(nil); errors.As(err, &over) {
		err = largeImport
	}
	if errors.Is(err, app.ErrBusy) {
		w.Header().Set("Retry-After", strconv.Itoa(int(app.BusyFor/time.Second)))
	}
	if err != nil {
		return answer{}, err
	}
	http.NewResponseController(w).SetReadDeadline(time.Time{})
	w.Header().Set("Location", "/v1/imports/"+id)
	return answer{http.StatusAccepted, map[string]string{"id": id}}, nil
}

var largeImport = &Problem{tooLarge, "body", fmt.Sprintf("is larger than %d bytes, send it in parts", app.MaxImport)}

// A progress is how far an import is.
type progress struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	State    string    `json:"state"` // running, done, failed or interrupted
	Total    int64     `json:"bytes"`
	Read     int64     `json:"read"`
	Rows     int64     `json:"rows"`
	Refused  int64     `json:"refused"`
	Problems []string  `json:"problems"`
	Started  time.Time `json:"started"`
}

func (s *api) importProgress(w http.ResponseWriter, r *http.Request) (answer, error) {
	user, err := s.user(w, r)
	if err == nil && user.Role == app.Sales {
		err = app.ErrForbidden // as it may not import either
	}
	if err != nil {
		return answer{}, err
	}
	i, err := s.app.ImportProgress(r.Context(), r.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, progress{i.ID, i.Name, i.State, i.Total, i.Read, i.Rows, i.Refused, append([]string{}, i.Problems...), i.Started}}, nil
}
